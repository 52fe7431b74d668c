using Qwen2Audio.Formats.Alignments;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks.Manifests;

namespace Qwen2Audio.Tasks.Alignment;

/// <summary>What is aligned by an <see cref="AlignmentRun"/>.</summary>
public sealed record AlignmentOptions
{
    /// <summary>The manifest.</summary>
    public required string Manifest { get; init; }

    /// <summary>Rows of this split; null: of all.</summary>
    public string? Split { get; init; }

    /// <summary>Only these datasets; null: all.</summary>
    public IReadOnlyList<string>? Datasets { get; init; }

    /// <summary>File that gets one JSON line per clip (<see cref="AlignedClip"/>) as soon as the clip is aligned.</summary>
    public required string Out { get; init; }

    /// <summary>Whether the file may have clips of an earlier run, which are not aligned again.</summary>
    public bool Resume { get; init; }

    /// <summary>Name of the model in the file.</summary>
    public required string Model { get; init; }

    /// <summary>Description of the pronunciations in the file; a run with others does not resume it.</summary>
    public required string Pronunciations { get; init; }

    /// <summary>Receives progress.</summary>
    public IProgress<ManifestProgress>? Progress { get; init; }
}

/// <summary>The result of an <see cref="AlignmentRun"/>.</summary>
/// <param name="Clips">Number of clips.</param>
/// <param name="Failures">Clips that could not be aligned, each with its reason.</param>
/// <param name="Doubtful">Clips whose audio does not say the text, or more than it, or was changed, each with its warnings.</param>
public sealed record AlignmentResult(int Clips, IReadOnlyList<string> Failures, IReadOnlyList<string> Doubtful);

/// <summary>Aligns the texts of a manifest's rows. A row that cannot be aligned is listed and does not stop the others.</summary>
public static class AlignmentRun
{
    /// <summary>Aligns.</summary>
    /// <exception cref="ManifestException">The manifest is not usable or has no such rows, or the file cannot be resumed.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the same call with <see cref="AlignmentOptions.Resume"/> continues.</exception>
    public static AlignmentResult Run(ForcedAligner aligner, AlignmentOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var manifest = Manifest.Read(options.Manifest);
        var all = options.Split is { } split ? manifest.Require(split) : manifest.Rows;
        if (options.Datasets?.FirstOrDefault(name => !all.Any(row => row.Dataset == name)) is { } missing)
            throw new ManifestException(options.Manifest, 0, "dataset", $"no rows of dataset \"{missing}\"; allowed: {string.Join(", ", all.Select(row => row.Dataset).Distinct())}.");
        return Run(aligner, [.. all.Where(row => options.Datasets?.Contains(row.Dataset) != false)], options, cancellation);
    }

    /// <summary>Aligns rows of the manifest, whatever <see cref="AlignmentOptions.Split"/> and <see cref="AlignmentOptions.Datasets"/> say.</summary>
    /// <inheritdoc cref="Run(ForcedAligner, AlignmentOptions, CancellationToken)"/>
    public static AlignmentResult Run(ForcedAligner aligner, IReadOnlyList<ManifestRow> rows, AlignmentOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(aligner);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(options);
        var answers = AnswerFile<AlignedClip>.Open(options.Out, options.Resume, options.Model, options.Pronunciations, AlignedClip.Parse);
        var (failures, doubtful, done) = (new List<string>(), new List<string>(), 0);
        foreach (var row in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            var clip = answers.Take(row.Path, row.Offset);
            if (clip is null) answers.Add(clip = Align(aligner, row, options, cancellation));
            if (clip.Error is not null) failures.Add($"{row.Path}: {clip.Error}");
            else if (clip.Warnings is not null) doubtful.Add($"{row.Path}: {string.Join(" ", clip.Warnings)}");
            options.Progress?.Report(new ManifestProgress(++done, rows.Count, row.Path));
        }

        return new AlignmentResult(rows.Count, failures, doubtful);
    }

    private static AlignedClip Align(ForcedAligner aligner, ManifestRow row, AlignmentOptions options, CancellationToken cancellation)
    {
        var clip = new AlignedClip { Path = row.Path, Offset = row.Offset, Dataset = row.Dataset, Text = row.Text, Model = options.Model, Decoding = options.Pronunciations };
        try
        {
            var found = aligner.Align(ManifestAudio.Read(row), row.Text, cancellation: cancellation);
            return clip with { Words = found.Words, Seconds = found.Seconds, Warnings = found.Warnings.Count == 0 ? null : [.. found.Warnings.Select(warning => warning.Text)] };
        }
#pragma warning disable CA1031 // whatever one clip causes, the others are still aligned
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return clip with { Error = exception.Message };
        }
    }
}
