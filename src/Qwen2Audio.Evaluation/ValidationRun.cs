using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Manifests;

namespace Qwen2Audio.Evaluation;

/// <summary>
/// Evaluates a model of any kind on the rows of a manifest. For our small models, a dataset whose texts all belong to one label set of the
/// model is a closed-set task; for published models, a dataset whose rows are all for classification only, with the labels of its rows.
/// Other rows are transcribed and scored by word error rate. A row that cannot be evaluated, for whatever reason, is listed and does not
/// stop the others.
/// </summary>
public static class ValidationRun
{
    /// <summary>Loads a model folder and evaluates it.</summary>
    public static ValidationResult Run(string modelFolder, ValidationOptions options, ModelLoadOptions? modelOptions = null, CancellationToken cancel = default)
    {
        using var model = LoadedTranscriber.Load(modelFolder, new TaskOptions { Model = modelOptions ?? new ModelLoadOptions() });
        return Run(model, options, cancel);
    }

    /// <summary>Evaluates a loaded model of any kind; decoding options of published models are set when they are loaded.</summary>
    /// <inheritdoc cref="Run(SpeechModel, ValidationOptions, CancellationToken)"/>
    public static ValidationResult Run(LoadedTranscriber model, ValidationOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        return Run(model.SpeechModel is { } own ? new EvaluatedSmallModel(own, options, model.Name) : new EvaluatedPublishedModel(model, model.Name), options, cancel);
    }

    /// <summary>Evaluates a loaded small model.</summary>
    /// <exception cref="ManifestException">The manifest is not usable or has no such rows, or the file of answers cannot be resumed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static ValidationResult Run(SpeechModel model, ValidationOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        return Run(new EvaluatedSmallModel(model, options), options, cancel);
    }

    private static ValidationResult Run(EvaluatedModel model, ValidationOptions options, CancellationToken cancel)
    {
        if (options.Hearing is { } hearing) model = new EvaluatedFromTokens(model, hearing);
        if (options.Limit is < 1) throw new ArgumentOutOfRangeException(nameof(options), options.Limit, "Limit must be at least 1.");
        var manifest = Manifest.Read(options.Manifest);
        var datasets = ClipSelection.Datasets(manifest.Require(options.Split), options.Manifest, options.Split, options.Datasets);
        var answers = options.Answers is { } path ? AnswerFile<EvaluatedClip>.Open(path, options.Resume, model.Name, model.Decoding, EvaluatedClip.Parse) : null;
        var tally = new ValidationTally(model, options);
        var (done, total) = (0, datasets.Sum(dataset => ClipSelection.Spread(dataset, options.Limit).Count()));
        foreach (var dataset in datasets)
        {
            var labels = model.LabelsOf(dataset);
            foreach (var row in ClipSelection.Spread(dataset, options.Limit))
            {
                cancel.ThrowIfCancellationRequested();
                var clip = answers?.Take(row.Path, row.Offset);
                if (clip is null)
                {
                    clip = Measure(model, row, labels, cancel);
                    answers?.Add(clip);
                }

                tally.Add(clip);
                options.Progress?.Report(new ManifestProgress(++done, total, row.Path));
            }
        }

        return tally.Result() with { Warnings = [.. PassedOver(manifest, options.Split)] };
    }

    internal static IEnumerable<string> PassedOver(Manifest manifest, string split)
    {
        if (manifest.UnusedText is { } unused) yield return unused;
        var others = manifest.Rows.Where(row => !Splits.Matches(row.Split, split) && !Splits.IsUsual(row.Split)).ToList();
        if (others.Count > 0)
            yield return $"{manifest.Path}: {others.Count} of {manifest.Rows.Count} rows are of {string.Join(", ", others.Select(row => $"\"{row.Split}\"").Distinct().Order(StringComparer.Ordinal).Take(10))}, which is not a usual split name, and are not measured with \"{split}\"";
    }

    private static EvaluatedClip Measure(EvaluatedModel model, ManifestRow row, ClosedLabels? labels, CancellationToken cancel)
    {
        if (model.Refuses(row, labels) is { } reason) return model.Row(row, labels) with { Error = reason };
        try
        {
            return model.Answer(row, labels, ManifestAudio.Read(row), cancel);
        }
#pragma warning disable CA1031 // whatever one clip causes, the others are still evaluated
        catch (Exception exception) when (!cancel.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return model.Row(row, labels) with { Error = exception.Message };
        }
    }
}
