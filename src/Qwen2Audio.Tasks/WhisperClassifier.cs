using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Inference.Whisper;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Tasks.Whisper;

namespace Qwen2Audio.Tasks;

/// <summary>Compares given words by a Whisper model's log probability of each as the text of the whole audio: ln P of text and end token, divided by the number of tokens.</summary>
public sealed class WhisperClassifier : IClassifier
{
    private readonly LoadedWhisper _speech;
    private readonly string? _language;

    /// <summary>Creates a classifier. The model may be shared and stays the caller's to dispose.</summary>
    /// <param name="speech">The model.</param>
    /// <param name="language">The spoken language (<see cref="WhisperOptions.Language"/>).</param>
    /// <exception cref="OptionException">The model does not have the language.</exception>
    public WhisperClassifier(LoadedWhisper speech, string? language = null)
    {
        ArgumentNullException.ThrowIfNull(speech);
        (_speech, _language) = (speech, speech.Start.Complete(new WhisperOptions { Language = language }, speech).Language);
    }

    public int SampleRate => LogMel.SampleRate;

    public Classification Classify(
        AudioClip clip, IReadOnlyList<string>? labels = null, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        _speech.Gate.Run(Work(clip, labels, progress, cancellation), cancellation);

    public async Task<Classification> ClassifyAsync(
        AudioClip clip, IReadOnlyList<string>? labels = null, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        await _speech.Gate.RunAsync(await Task.Run(() => Work(clip, labels, progress, cancellation), cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);

    /// <summary>Computes the log-mel rows and returns the work that needs the model.</summary>
    private Func<Classification> Work(AudioClip clip, IReadOnlyList<string>? labels, IProgress<double>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var began = Stopwatch.GetTimestamp();
        var chosen = ClosedSet.Check(labels, "whisper");
        CheckLengths(chosen);
        var sound = PreparedClip.Of(clip);
        var mel = sound.IsAudible ? new WhisperMel(sound.Clip.Samples, _speech.Model.Config.Encoder.NumMelBins, _speech.WindowFrames) : null;
        return () => Classify(clip, sound, mel, chosen, began, progress, cancellation);
    }

    private Classification Classify(
        AudioClip clip, PreparedClip sound, WhisperMel? mel, IReadOnlyList<string> chosen, long began, IProgress<double>? progress, CancellationToken cancellation)
    {
        var pieces = new List<(double Seconds, double[] Probabilities)>();
        var (language, probability) = (_language, (double?)null);
        if (mel is not null) (language, probability) = Score(sound.Clip, mel, chosen, pieces, sound.Warnings, progress, cancellation);
        return new Classification
        {
            Labels = ClosedSet.Mean(chosen, pieces),
            Task = "transcribe",
            SpeechProbability = null,
            Language = language,
            LanguageProbability = probability,
            Warnings = sound.Warnings,
            SecondsOfAudio = clip.Seconds,
            SecondsTaken = Stopwatch.GetElapsedTime(began).TotalSeconds,
        };
    }

    /// <summary>The labels' probabilities in each window, the language and, if it was detected, its probability.</summary>
    private (string? Language, double? Probability) Score(AudioClip clip, WhisperMel mel, IReadOnlyList<string> labels, List<(double Seconds, double[] Probabilities)> pieces, List<TaskWarning> warnings,
        IProgress<double>? progress, CancellationToken cancellation)
    {
        using var session = _speech.Begin(texts: 1, cancellation);
        var (language, probability) = (_language, (double?)null);
        int[][] answers = [.. labels.Select(Answer)];
        for (var first = 0; first < mel.Frames; first += _speech.WindowFrames)
        {
            cancellation.ThrowIfCancellationRequested();
            session.Encode(mel.Window(first), mel.Layout);
            if (language is null && _speech.Tokens.IsMultilingual) (language, probability) = new WhisperTextDecoder(session, _speech.Tokens).DetectLanguage().Languages[0];
            session.Restart();
            var next = session.Feed(Prefix(language)).Row(0).ToArray();
            pieces.Add((Math.Min(_speech.WindowFrames, mel.Frames - first), ClosedSet.Probabilities(ContinuationScores.Of(session.Decoding, 0, next, answers), answers)));
            progress?.Report(Math.Min(1, (double)(first + _speech.WindowFrames) / mel.Frames));
        }

        if (pieces.Count > 1) warnings.Add(new TaskWarning("split", $"{clip.Seconds:F1} s of audio were processed in {pieces.Count} windows, whose answers are averaged."));
        return (language, probability);
    }

    private int[] Prefix(string? language) => _speech.Tokens.Prefix(_speech.Tokens.IsMultilingual ? language : null, "transcribe", timestamps: false);

    private int[] Answer(string label) => [.. _speech.Tokenizer.Encode(" " + label.Trim()), _speech.Tokens.End];

    private void CheckLengths(IReadOnlyList<string> labels)
    {
        var room = _speech.Model.Config.MaxTargetPositions - Prefix(_language ?? _speech.Tokens.Languages.Keys.FirstOrDefault()).Length;
        foreach (var label in labels)
            if (Answer(label).Length is var tokens && tokens > room)
                throw new LabelException($"The label \"{(label.Length <= 40 ? label : label[..40] + "…")}\" has {tokens} tokens; allowed: at most {room}.");
    }
}
