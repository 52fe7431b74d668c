using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>
/// Finds the label that fits the audio best. The labels of a closed set are scored by the decoder's log probability of the label's
/// text and end token under the set's prompt. Labels of several sets are weighted by P(speech) and, among sets of spoken words, by the
/// CTC probability of each set's words. Labels of no set are compared under the prompt "transcribe" (speech) or "sound", with a
/// warning. With neither labels nor a task, all sets are compared, and speech without any of the words gets the label "speech".
/// </summary>
public sealed class Classifier : IClassifier
{
    private readonly SpeechModel _model;
    private readonly ClassifierOptions _options;

    /// <summary>Creates a classifier. The model may be shared and stays the caller's to dispose.</summary>
    /// <exception cref="NotSupportedException">The model is of a kind that this class does not classify with.</exception>
    public Classifier(SpeechModel model, ClassifierOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _options = options ?? new ClassifierOptions();
        if (_options.CtcWeight is { } weight && !(weight is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(options), weight, "CtcWeight must be 0 to 1.");
        _ = model.Speech;
        _model = model;
    }

    public int SampleRate => _model.Info.SampleRate;

    public Classification Classify(
        AudioClip clip, IReadOnlyList<string>? labels = null, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        _model.Gate.Run(Work(clip, labels, progress), cancellation);

    public async Task<Classification> ClassifyAsync(
        AudioClip clip, IReadOnlyList<string>? labels = null, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        await _model.Gate.RunAsync(Work(clip, labels, progress), cancellation).ConfigureAwait(false);

    /// <summary>Classifies a clip that the model has encoded, on the caller's thread.</summary>
    /// <param name="labels">The labels; null: the model's own, if it has any.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <exception cref="ArgumentException">There are no labels, or empty or repeated ones, or another model encoded the clip.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Classification Classify(EncodedClip clip, IReadOnlyList<string>? labels = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        clip.Require(_model.Speech);
        return _model.Gate.Run(Work(() => clip, labels), cancellation);
    }

    private Func<Classification> Work(AudioClip clip, IReadOnlyList<string>? labels, IProgress<double>? progress)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var began = Stopwatch.GetTimestamp();
        return Work(() => ClipEncoder.Prepare(_model.Speech, clip, _options.MaxPieceSeconds, began, progress).Kept(), labels);
    }

    private Func<Classification> Work(Func<EncodedClip> encode, IReadOnlyList<string>? labels)
    {
        var plan = LabelPlan.Make(_model.Speech.Settings, _options.Task, labels);
        plan.CheckLengths(_model.Speech);
        return () => Answer(encode(), plan, open: labels is null && _options.Task is null);
    }

    private Classification Answer(EncodedClip clip, LabelPlan plan, bool open)
    {
        var began = Stopwatch.GetTimestamp();
        var scores = new LabelScores(_model.Speech, _options.CtcWeight ?? _model.Speech.Settings.LabelCtcWeight, _options.LengthNormalised);
        var total = clip.Pieces.Sum(piece => piece.Seconds);
        var sums = new Dictionary<(string Label, string Task), double>();
        double? speech = null;
        foreach (var piece in clip.Pieces)
        {
            var share = piece.Seconds / total;
            var answers = scores.Score(piece, plan, open, out var asked);
            foreach (var (label, task, probability) in answers)
                sums[(label, task)] = sums.GetValueOrDefault((label, task)) + share * probability;
            if (asked is { } p) speech = (speech ?? 0) + share * p; // computed for every piece or for none
        }

        var best = sums.OrderByDescending(sum => sum.Value).ToList();
        var answered = best.Count > 0 ? best[0].Key.Task : plan.Groups[0].Task;
        TaskWarning? unlike = null;
        var inDomain = plan.ByAudio ? null : _model.Speech.Settings.Domain?.Holds(answered, [.. clip.Pieces], out unlike);
        return new Classification
        {
            Labels = [.. best.Select(sum => new LabelProbability(sum.Key.Label, sum.Value))],
            Task = answered,
            InDomain = inDomain,
            SpeechProbability = speech,
            Warnings = [.. clip.Warnings, .. plan.Warnings, .. unlike is null ? Array.Empty<TaskWarning>() : [unlike]],
            SecondsOfAudio = clip.Seconds,
            SecondsTaken = clip.SecondsTaken + Stopwatch.GetElapsedTime(began).TotalSeconds,
        };
    }
}
