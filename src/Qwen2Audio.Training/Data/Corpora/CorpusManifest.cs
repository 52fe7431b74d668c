using System.Security.Cryptography;
using Qwen2Audio.Audio;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Training.Data.Loading;
using Qwen2Audio.Training.Data.Sources;

namespace Qwen2Audio.Training.Data.Corpora;

/// <summary>Makes a manifest from a corpus in its publisher's layout.</summary>
/// <param name="Layout">The layout's name.</param>
/// <param name="Rows">The rows, with durations and SHA-256; paths are absolute.</param>
/// <param name="Skipped">Transcripts and audio files that are left out; line 0 stands for a whole file.</param>
/// <param name="ChosenForValidation">Speakers (or chapters, or files) that were moved from training to validation.</param>
/// <param name="Warnings">What else a user should know.</param>
public sealed record CorpusManifest(
    string Layout, IReadOnlyList<ManifestRow> Rows, IReadOnlyList<SkippedSample> Skipped, IReadOnlyList<string> ChosenForValidation, IReadOnlyList<string> Warnings)
{
    /// <summary>Finds the recordings of a corpus, reads all of them, and divides them into splits.</summary>
    /// <param name="folder">The corpus.</param>
    /// <param name="options">Layout, names and splits.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="ManifestException">The layout is not known, a list is damaged, or no recording can be used.</exception>
    public static CorpusManifest Of(string folder, CorpusOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"'{folder}': there is no such folder.");
        var files = new CorpusFiles(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        var layout = CorpusLayout.Of(files, options.Layout);
        layout.Read(files);
        files.SkipOthers();
        var skipped = files.Skipped.ToList();
        var rows = Read(files.Clips, options with { Dataset = options.Dataset ?? layout.Name }, skipped, cancellation);
        if (rows.Count == 0)
            throw new ManifestException(folder, 0, null, $"no recording can be used{(skipped.Count > 0 ? $"; the first of {skipped.Count} reasons: {Place(skipped[0])}" : "")}.");
        var (split, chosen, warnings) = CorpusSplit.Of(rows, options.ValidationPercent, options.Seed);
        return new CorpusManifest(layout.Name, split, skipped, chosen, warnings);
    }

    /// <summary>Writes the rows as a table; paths below its folder become relative to it. An existing file is replaced.</summary>
    public void Write(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var rows = Rows.Select(row => row with { Path = row.Path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? Path.GetRelativePath(folder, row.Path) : row.Path });
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(Manifest.Format(rows)));
    }

    /// <summary>A skipped line or file with the reason.</summary>
    public static string Place(SkippedSample skipped)
    {
        ArgumentNullException.ThrowIfNull(skipped);
        return skipped.Line > 0 ? skipped.ToString() : $"{skipped.File}: {skipped.Reason}";
    }

    private static List<(ManifestRow Row, string Group)> Read(
        IReadOnlyList<CorpusClip> clips, CorpusOptions options, List<SkippedSample> skipped, CancellationToken cancellation)
    {
        var rows = new ManifestRow?[clips.Count];
        var reasons = new string?[clips.Count];
        var done = 0;
        Parallel.For(0, clips.Count, LoaderThreads.Of(options.Threads, cancellation), i =>
        {
            rows[i] = Row(clips[i], options, out reasons[i]);
            options.Progress?.Invoke(Interlocked.Increment(ref done), clips.Count);
        });
        for (var i = 0; i < clips.Count; i++)
            if (reasons[i] is { } reason) skipped.Add(new SkippedSample(clips[i].ListedIn, clips[i].Line, reason));
        return [.. clips.Zip(rows).Where(pair => pair.Second is not null).Select(pair => (pair.Second!, pair.First.Group))];
    }

    private static ManifestRow? Row(CorpusClip clip, CorpusOptions options, out string? reason)
    {
        reason = null;
        try
        {
            if (clip.Path.AsSpan().ContainsAny('\t', '\n', '\r')) throw new IOException("the path contains a tab or a line end");
            PlainFile.Require(clip.Path);
            var bytes = File.ReadAllBytes(clip.Path);
            var audio = AudioFile.Read(new MemoryStream(bytes, writable: false), name: clip.Path);
            return new ManifestRow
            {
                Path = clip.Path,
                Dataset = options.Dataset!,
                Task = "asr",
                Text = clip.Text,
                Speaker = clip.Speaker.Length > 0 ? clip.Speaker : "unknown",
                Split = clip.Split,
                Licence = options.Licence,
                Source = options.Source,
                Seconds = audio.Seconds,
                SampleRate = audio.SampleRate,
                Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or AudioFormatException)
        {
            reason = RowCheck.Named(clip.Path, exception.Message);
            return null;
        }
    }
}
