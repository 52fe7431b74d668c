using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Prompts;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks;

/// <summary>
/// Compares given labels by a Qwen2-Audio model's log probability of each as the answer: ln P of label and end of turn, divided by the number of tokens.
/// Unlike a generated text, the result is always one of the labels.
/// </summary>
public sealed class PromptClassifier : IClassifier
{
    private readonly ChatModel _model;
    private readonly PromptOptions _options;

    /// <summary>Creates a classifier. The model may be shared and stays the caller's to dispose.</summary>
    /// <exception cref="NotSupportedException">The model does not take audio.</exception>
    public PromptClassifier(ChatModel model, PromptOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!model.AcceptsAudio) throw new NotSupportedException($"{model.Path}: a {model.Kind} model does not take audio; qwen2_audio does.");
        (_model, _options) = (model, options ?? new PromptOptions());
    }

    public int SampleRate => LogMel.SampleRate;

    public Classification Classify(
        AudioClip clip, IReadOnlyList<string>? labels = null, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        ModelGate.Wait(() => ClassifyAsync(clip, labels, progress, cancellation));

    public async Task<Classification> ClassifyAsync(
        AudioClip clip, IReadOnlyList<string>? labels = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var began = Stopwatch.GetTimestamp();
        var chosen = ClosedSet.Check(labels, _model.Kind);
        var question = _options.Prompt ?? $"Which of these is heard in the audio: {string.Join(", ", chosen)}? Answer with one of them only.";
        var prompt = PromptPieces.Turn(_model, question);
        var end = _model.Tokenizer.ControlId(ControlNames.TurnEnd);
        int[][] answers = [.. chosen.Select(label => (int[])[.. _model.Tokenizer.Encode(label.Trim()), end])];
        List<TaskWarning> warnings = [];
        var pieces = await Task.Run(() => PromptPieces.Of(clip, _model, _options.MaxPieceSeconds, warnings), cancellation).ConfigureAwait(false);
        var scored = new List<(double Seconds, double[] Probabilities)>();
        foreach (var piece in pieces)
        {
            var scores = await _model.ScoreAsync(prompt, [piece.Clip], answers, warnings, cancellation).ConfigureAwait(false);
            scored.Add((piece.End - piece.Start, ClosedSet.Probabilities(scores, answers)));
            progress?.Report((double)scored.Count / pieces.Count);
        }

        return new Classification
        {
            Labels = ClosedSet.Mean(chosen, scored),
            Task = "prompt",
            SpeechProbability = null,
            Warnings = warnings,
            SecondsOfAudio = clip.Seconds,
            SecondsTaken = Stopwatch.GetElapsedTime(began).TotalSeconds,
        };
    }
}
