using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Training.Data.Sources;

namespace Qwen2Audio.Training.Data;

/// <summary>The report on rows that gave no clip, and the limit on how many there may be.</summary>
public static class SkippedClips
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one JSON object a row, with path, line of the manifest, dataset and reason; an empty file when all could be used.</summary>
    public static void Write(string path, IReadOnlyList<ClipFailure> failures)
    {
        var text = new StringBuilder();
        foreach (var (row, reason) in failures)
            text.Append(JsonSerializer.Serialize(new { path = row.Path, line = row.Line, dataset = row.Dataset, reason }, Json)).Append('\n');
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>
    /// As the other, of samples: file, line and reason. Those of an earlier report that could not be loaded any more while training stay in
    /// it, with their step.
    /// </summary>
    public static void Write(string path, IReadOnlyList<SkippedSample> samples)
    {
        var text = new StringBuilder();
        foreach (var sample in samples.Concat(Lost(path))) text.Append(Line(sample)).Append('\n');
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>The samples of a report that could not be loaded any more while training, each once; none without a report.</summary>
    public static IReadOnlyList<SkippedSample> Lost(string path)
    {
        if (!File.Exists(path)) return [];
        PlainFile.Require(path);
        return [.. File.ReadLines(path).Select(Read).OfType<SkippedSample>().Where(sample => sample.Step is not null).DistinctBy(sample => (sample.File, sample.Line))];
    }

    /// <summary>The line of one sample.</summary>
    public static string Line(SkippedSample sample) => sample.Step is { } step
        ? JsonSerializer.Serialize(new { path = sample.File, line = sample.Line, reason = sample.Reason, step }, Json)
        : JsonSerializer.Serialize(new { path = sample.File, line = sample.Line, reason = sample.Reason }, Json);

    /// <summary>Ends a run of which more than a share of the samples has gone.</summary>
    /// <param name="lost">Some of those that have gone.</param>
    /// <param name="count">How many cannot be used in all.</param>
    /// <param name="all">How many there are.</param>
    /// <param name="percent">How many per cent may be.</param>
    /// <exception cref="CorpusException">More than <paramref name="percent"/> % of all samples.</exception>
    public static void CheckLost(IReadOnlyList<SkippedSample> lost, int count, int all, double percent)
    {
        if (count > percent / 100 * all) throw new CorpusException(lost, count, all, percent);
    }

    // null: not a line of a report, half of one after a crash say
    private static SkippedSample? Read(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var fields = json.RootElement;
            return new SkippedSample(fields.GetProperty("path").GetString()!, fields.GetProperty("line").GetInt32(), fields.GetProperty("reason").GetString()!)
            {
                Step = fields.TryGetProperty("step", out var step) ? step.GetInt64() : null,
            };
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Refuses data of which more than a share could not be used, or all.</summary>
    /// <exception cref="CorpusException">More than <paramref name="percent"/> % of all samples, or none is left.</exception>
    public static void Check(IReadOnlyList<SkippedSample> skipped, int all, double percent)
    {
        if (skipped.Count > 0 && (skipped.Count > percent / 100 * all || skipped.Count == all)) throw new CorpusException(skipped, all, percent);
    }

    /// <summary>Refuses a corpus of which more than a share could not be used.</summary>
    /// <exception cref="CorpusException">More than <paramref name="percent"/> % of <paramref name="rows"/> rows.</exception>
    public static void Check(IReadOnlyList<ClipFailure> failures, int rows, double percent)
    {
        if (failures.Count > percent / 100 * rows) throw new CorpusException(failures, rows, percent);
    }
}

/// <summary>Too many rows of the manifests could not be used.</summary>
public sealed class CorpusException : Exception
{
    internal CorpusException(IReadOnlyList<ClipFailure> failures, int rows, double percent)
        : base($"{failures.Count} of {rows} clips ({100.0 * failures.Count / rows:0.##} %) cannot be used; data.max_skipped_percent allows {percent:0.##}. "
            + $"The first: {failures[0].Row.Path}: {failures[0].Reason}") => Failures = failures;

    internal CorpusException(IReadOnlyList<SkippedSample> skipped, int all, double percent)
        : base($"{skipped.Count} of {all} samples ({100.0 * skipped.Count / all:0.##} %) cannot be used; data.max_skipped_percent allows {percent:0.##}"
            + $"{(skipped.Count == all ? ", and one is needed" : "")}. The first: {skipped[0]}") => (Failures, Skipped) = ([], skipped);

    internal CorpusException(IReadOnlyList<SkippedSample> lost, int count, int all, double percent)
        : base($"{count} of {all} samples ({100.0 * count / all:0.##} %) cannot be used any more while training; data.max_skipped_percent allows {percent:0.##}. "
            + $"The checkpoints are intact. One of them: {lost[^1]}") => (Failures, Skipped) = ([], lost);

    internal CorpusException(string message)
        : base(message) => Failures = [];

    /// <summary>All clips of a speech corpus that cannot be used.</summary>
    public IReadOnlyList<ClipFailure> Failures { get; }

    /// <summary>All samples of other data that cannot be used.</summary>
    public IReadOnlyList<SkippedSample> Skipped { get; } = [];
}
