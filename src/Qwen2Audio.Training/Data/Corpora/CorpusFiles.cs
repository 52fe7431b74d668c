using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Training.Data.Sources;

namespace Qwen2Audio.Training.Data.Corpora;

/// <summary>A recording that a corpus lists.</summary>
/// <param name="Path">The audio file.</param>
/// <param name="Text">The transcript.</param>
/// <param name="Speaker">The speaker; "" if unknown.</param>
/// <param name="Split">The corpus's own split: "train", "val" or "test".</param>
/// <param name="ListedIn">The file that has the transcript.</param>
/// <param name="Line">Its line, from 1.</param>
internal sealed record CorpusClip(string Path, string Text, string Speaker, string Split, string ListedIn, int Line)
{
    /// <summary>Clips that must be in one split; the speaker, unless the whole corpus has only one.</summary>
    public string Group { get; init; } = Speaker;
}

/// <summary>The files of a corpus, and what a layout finds in them.</summary>
/// <param name="folder">The corpus.</param>
internal sealed class CorpusFiles(string folder)
{
    private static readonly HashSet<string> AudioEndings = new(StringComparer.OrdinalIgnoreCase)
        { ".wav", ".flac", ".mp3", ".ogg", ".opus", ".sph", ".aiff", ".aif", ".au", ".caf" };

    private readonly List<CorpusClip> _clips = [];
    private readonly List<SkippedSample> _skipped = [];
    private readonly Dictionary<string, string> _listed = new(StringComparer.Ordinal);

    /// <summary>All files, in the order of their paths.</summary>
    public IReadOnlyList<string> All { get; } = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>The corpus's folder.</summary>
    public string Folder => folder;

    /// <summary>The recordings.</summary>
    public IReadOnlyList<CorpusClip> Clips => _clips;

    /// <summary>Lines and audio files that cannot be used.</summary>
    public IReadOnlyList<SkippedSample> Skipped => _skipped;

    /// <summary>Whether a file's name says that it is audio.</summary>
    public static bool IsAudio(string path) => AudioEndings.Contains(Path.GetExtension(path));

    /// <summary>Files with this name, or whose name ends with it, in the order of their paths.</summary>
    public IReadOnlyList<string> Named(string ending) => [.. All.Where(path => path.EndsWith(ending, StringComparison.Ordinal))];

    /// <summary>The file with this path and any audio ending; null if there is none.</summary>
    public static string? Audio(string withoutEnding) => AudioEndings.Select(ending => withoutEnding + ending).FirstOrDefault(File.Exists);

    /// <summary>The lines of a text file that are not blank, numbered from 1.</summary>
    /// <exception cref="ManifestException">The file cannot be read, or is not UTF-8.</exception>
    public static IEnumerable<(int Number, string Text)> Lines(string path)
    {
        string text;
        try
        {
            text = PlainFile.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ManifestException(path, 0, null, PlainFile.Reason(exception, path), exception);
        }

        return text.Split('\n').Select((line, i) => (i + 1, line.TrimEnd('\r'))).Where(line => !string.IsNullOrWhiteSpace(line.Item2));
    }

    /// <summary>The split that the folders of a corpus name, as dev-clean does: the last such folder of a path, the corpus's own included; "train" if none does.</summary>
    public string SplitOf(string path) => Path.GetRelativePath(Path.GetDirectoryName(folder) ?? folder, path).Split(Path.DirectorySeparatorChar)
        .Reverse().Select(SplitNamed).FirstOrDefault(split => split is not null) ?? Splits.Train;

    /// <summary>The split that a name such as dev-clean or test.tsv begins with; null if there is none.</summary>
    public static string? SplitNamed(string name) => name.Split('-', '_', '.')[0] switch
    {
        "" => null,
        var first when first.Equals("test", StringComparison.OrdinalIgnoreCase) => "test",
        var first when Splits.Matches(first, Splits.Validation) => Splits.Validation,
        var first when Splits.Matches(first, Splits.Train) => Splits.Train,
        _ => null,
    };

    /// <summary>Adds a recording, or the reason why it cannot be used.</summary>
    public void Add(CorpusClip clip)
    {
        var text = string.Join(' ', clip.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        // capitals throughout say nothing about case
        if (!text.Any(char.IsLower)) text = text.ToLowerInvariant();
        if (text.Length == 0) Skip(clip.ListedIn, clip.Line, "the transcript is empty");
        else if (!File.Exists(clip.Path)) Skip(clip.ListedIn, clip.Line, $"there is no audio file {clip.Path}");
        else if (!_listed.TryAdd(clip.Path, $"{clip.ListedIn}, line {clip.Line}")) Skip(clip.ListedIn, clip.Line, $"{clip.Path} already has a transcript in {_listed[clip.Path]}");
        else _clips.Add(clip with { Text = text });
    }

    /// <summary>Notes why a line cannot be used.</summary>
    public void Skip(string file, int line, string reason) => _skipped.Add(new SkippedSample(file, line, reason));

    /// <summary>Notes audio files that no transcript names.</summary>
    public void SkipOthers()
    {
        var known = _skipped.Select(skipped => skipped.File).ToHashSet(StringComparer.Ordinal);
        foreach (var path in All.Where(path => IsAudio(path) && !_listed.ContainsKey(path) && !known.Contains(path))) Skip(path, 0, "no transcript names this file");
    }
}
