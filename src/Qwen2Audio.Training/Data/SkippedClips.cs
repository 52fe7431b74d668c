using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Qwen2Audio.Formats;

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

    /// <summary>As the other, of samples: file, line and reason.</summary>
    public static void Write(string path, IReadOnlyList<SkippedSample> samples)
    {
        var text = new StringBuilder();
        foreach (var sample in samples) text.Append(Line(sample)).Append('\n');
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>The line of one sample.</summary>
    public static string Line(SkippedSample sample) => JsonSerializer.Serialize(new { path = sample.File, line = sample.Line, reason = sample.Reason }, Json);

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

    internal CorpusException(string message)
        : base(message) => Failures = [];

    /// <summary>All clips of a speech corpus that cannot be used.</summary>
    public IReadOnlyList<ClipFailure> Failures { get; }

    /// <summary>All samples of other data that cannot be used.</summary>
    public IReadOnlyList<SkippedSample> Skipped { get; } = [];
}
