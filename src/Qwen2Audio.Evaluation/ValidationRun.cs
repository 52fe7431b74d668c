using Qwen2Audio.Audio;
using Qwen2Audio.Formats;
using Qwen2Audio.Tasks;

namespace Qwen2Audio.Evaluation;

/// <summary>
/// Measures a model on the rows of a manifest. A dataset whose texts all belong to one label set of the model is a closed-set task;
/// other "asr" rows are transcribed and compared by word error rate. Every clip is encoded once; everything else is asked of those rows.
/// </summary>
public static class ValidationRun
{
    /// <summary>Loads the model of a folder and measures it.</summary>
    public static ValidationResult Run(string modelFolder, ValidationOptions options, AudioModelOptions? modelOptions = null, CancellationToken cancel = default)
    {
        using var model = AudioModel.Load(modelFolder, modelOptions);
        return Run(model, options, cancel);
    }

    /// <summary>Measures a model that is loaded.</summary>
    /// <exception cref="ManifestException">The manifest is not usable or has no such rows.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two rows.</exception>
    public static ValidationResult Run(AudioModel model, ValidationOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Limit is < 1) throw new ArgumentOutOfRangeException(nameof(options), options.Limit, "Limit must be 1 at least.");
        var datasets = Datasets(Manifest.Read(options.Manifest).Require(options.Split), options);
        var tally = new ValidationTally(model, options);
        var (done, total) = (0, datasets.Sum(dataset => Chosen(dataset, options.Limit).Count()));
        foreach (var dataset in datasets)
        {
            var task = LabelSetOf(model.Info.LabelSets, dataset);
            foreach (var row in Chosen(dataset, options.Limit))
            {
                cancel.ThrowIfCancellationRequested();
                Measure(tally, row, task);
                options.Progress?.Report(new ValidationProgress(++done, total, row.Path));
            }
        }

        return tally.Result();
    }

    /// <summary>The label set that holds all texts of a dataset; null when none does.</summary>
    internal static string? LabelSetOf(IReadOnlyDictionary<string, IReadOnlyList<string>> sets, IReadOnlyList<ManifestRow> rows) =>
        sets.Keys.Order(StringComparer.Ordinal).FirstOrDefault(name =>
            name != "speech" && rows.All(row => sets[name].Any(label => ValidationTally.SameLabel(label, row.Text))));

    private static void Measure(ValidationTally tally, ManifestRow row, string? task)
    {
        if (task is null && row.Task.Length > 0 && !row.Task.Contains("asr", StringComparison.Ordinal))
        {
            tally.Skip(row, $"\"{row.Text}\" is in no label set of the model");
            return;
        }

        try
        {
            var clip = AudioFile.Read(row.Path);
            tally.Add(row, task, row.Offset is { } from ? Part(clip, from, row) : clip);
        }
        catch (Exception exception) when (exception is AudioFormatException or IOException or UnauthorizedAccessException)
        {
            tally.Skip(row, exception.Message);
        }
    }

    private static AudioClip Part(AudioClip clip, double from, ManifestRow row)
    {
        try
        {
            return clip.Part(from, row.Seconds);
        }
        catch (ArgumentException exception)
        {
            throw new IOException($"{row.Path}: {exception.Message}", exception);
        }
    }

    private static List<IReadOnlyList<ManifestRow>> Datasets(IReadOnlyList<ManifestRow> rows, ValidationOptions options)
    {
        var names = rows.Select(row => row.Dataset).Distinct(StringComparer.Ordinal).ToList();
        if (options.Datasets?.FirstOrDefault(name => !names.Contains(name)) is { } missing)
            throw new ManifestException(options.Manifest, 0, "dataset",
                $"no rows of dataset \"{missing}\" in split \"{options.Split}\"; there are: {string.Join(", ", names)}.");
        return [.. (options.Datasets ?? names).Select(name => (IReadOnlyList<ManifestRow>)[.. rows.Where(row => row.Dataset == name)])];
    }

    private static IEnumerable<ManifestRow> Chosen(IReadOnlyList<ManifestRow> rows, int? limit)
    {
        var count = Math.Min(rows.Count, limit ?? rows.Count);
        for (var i = 0; i < count; i++) yield return rows[(int)((long)i * rows.Count / count)];
    }
}
