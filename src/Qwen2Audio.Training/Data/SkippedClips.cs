using System.Text.Encodings.Web;
using System.Text.Json;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Training.Data.Sources;

namespace Qwen2Audio.Training.Data;

/// <summary>Reports unusable clips and limits their number.</summary>
public static class SkippedClips
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one JSON object per row with path, line of the manifest, dataset and reason; an empty file when all are usable.</summary>
    public static void Write(string path, IReadOnlyList<ClipFailure> failures)
    {
        var text = new StringBuilder();
        foreach (var (row, reason) in failures)
            text.Append(JsonSerializer.Serialize(new { path = row.Path, line = row.Line, dataset = row.Dataset, reason }, Json)).Append('\n');
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>
    /// Writes one JSON object per sample with file, line and reason. Samples that an earlier report lists as lost during training are kept,
    /// with their step.
    /// </summary>
    public static void Write(string path, IReadOnlyList<SkippedSample> samples)
    {
        var text = new StringBuilder();
        foreach (var sample in samples.Concat(Lost(path))) text.Append(Line(sample)).Append('\n');
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>The samples that a report lists as lost during training, each once; empty without a report.</summary>
    public static IReadOnlyList<SkippedSample> Lost(string path)
    {
        if (!File.Exists(path)) return [];
        PlainFile.Require(path);
        return [.. File.ReadLines(path).Select(Read).OfType<SkippedSample>().Where(sample => sample.Step is not null).DistinctBy(sample => (sample.File, sample.Line))];
    }

    /// <summary>The line of one sample.</summary>
    internal static string Line(SkippedSample sample) => sample.Step is { } step
        ? JsonSerializer.Serialize(new { path = sample.File, line = sample.Line, reason = sample.Reason, step }, Json)
        : JsonSerializer.Serialize(new { path = sample.File, line = sample.Line, reason = sample.Reason }, Json);

    /// <summary>Ends a run that has lost too many samples.</summary>
    /// <param name="lost">Some of the lost samples.</param>
    /// <param name="count">Number of unusable samples.</param>
    /// <param name="all">Number of samples.</param>
    /// <param name="percent">Maximum percentage.</param>
    /// <exception cref="CorpusException">More than <paramref name="percent"/> % of all samples are unusable.</exception>
    internal static void CheckLost(IReadOnlyList<SkippedSample> lost, int count, int all, double percent)
    {
        if (count > percent / 100 * all) throw new CorpusException(lost, count, all, percent);
    }

    // null: not a line of a report, for example an incomplete one after a crash
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

    /// <summary>Rejects data with too many unusable samples.</summary>
    /// <exception cref="CorpusException">More than <paramref name="percent"/> % of all samples are unusable, or all of them.</exception>
    internal static void Check(IReadOnlyList<SkippedSample> skipped, int all, double percent)
    {
        if (skipped.Count > 0 && (skipped.Count > percent / 100 * all || skipped.Count == all)) throw new CorpusException(skipped, all, percent);
    }

    /// <summary>Rejects a corpus with too many unusable clips.</summary>
    /// <exception cref="CorpusException">More than <paramref name="percent"/> % of <paramref name="rows"/> rows are unusable.</exception>
    internal static void Check(IReadOnlyList<ClipFailure> failures, int rows, double percent)
    {
        if (failures.Count > percent / 100 * rows) throw new CorpusException(failures, rows, percent);
    }
}

/// <summary>Too many clips or samples are unusable.</summary>
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

    /// <summary>All unusable clips of a speech corpus.</summary>
    public IReadOnlyList<ClipFailure> Failures { get; }

    /// <summary>All unusable samples of other data.</summary>
    public IReadOnlyList<SkippedSample> Skipped { get; } = [];
}
