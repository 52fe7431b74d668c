using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Checkpoints;

/// <summary>The regular files of a checkpoint folder, by exact name; files outside the folder cannot be reached.</summary>
internal static class FolderFiles
{
    private static readonly string[] OtherFormats = [".bin", ".pt", ".pth", ".ckpt", ".gguf", ".pkl", ".h5", ".msgpack", ".onnx"];

    /// <summary>Whether a file holds weights, or lists the files that do.</summary>
    public static bool HoldsWeights(string name) =>
        name.EndsWith(".safetensors", StringComparison.Ordinal) || name.EndsWith(".index.json", StringComparison.Ordinal)
        || OtherFormats.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);

    public static FolderNames List(string folder)
    {
        if (!Directory.Exists(folder)) throw new CheckpointException(folder, "path",
            File.Exists(folder) ? "a file" : "no such folder", "a checkpoint folder");
        try
        {
            return new FolderNames(Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)!));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(folder, "path", $"a folder that cannot be read ({e.Message})", "a readable folder", e);
        }
    }

    /// <summary>
    /// The path of a file in the folder. The name must match exactly. A link may only point to a file in the same folder or, in a snapshot of a
    /// download cache, to the blobs of the same repository.
    /// </summary>
    public static string Resolve(string folder, string name, FolderNames names, RegularFile.Failure failure)
    {
        var path = Path.Combine(folder, name);
        if (Check(folder, name, names) is { } problem) throw failure(folder, problem, null);
        return path;
    }

    /// <summary>Why this name is not allowed, or null.</summary>
    public static Problem? Check(string folder, string name, FolderNames names)
    {
        var place = Display.Quote(name);
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny('/', '\\', '\0') || Path.IsPathRooted(name))
            return new Problem(place, "a path", "plain file names within the folder");
        if (!names.Contains(name))
        {
            return names.Similar(name) is not { } similar ? new Problem(place, "no such file", "a folder that has it")
                : new Problem(place, $"only {Display.Quote(similar)}, which differs in case", "exactly this name");
        }
        try
        {
            var home = RealPath(folder);
            var path = Path.Combine(home, name);
            if (File.ResolveLinkTarget(path, returnFinalTarget: true) is not { } target) return null;
            if (Path.GetDirectoryName(target.FullName) == home || IsCacheLink(home, path)) return null;
            return new Problem(place, "a link that points outside the folder", "files in the folder itself; copy them into it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem(place, $"a link that cannot be followed ({e.Message})", "regular files");
        }
    }

    /// <summary>The folder with links resolved: relative links in it start at the real folder.</summary>
    private static string RealPath(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return Directory.ResolveLinkTarget(full, returnFinalTarget: true) is { } real ? Path.TrimEndingDirectorySeparator(real.FullName) : full;
    }

    /// <summary>
    /// Whether this is the kind of link that download caches use, NAME/snapshots/REVISION/file → ../../blobs/plain-name, with no other link on
    /// the way.
    /// </summary>
    private static bool IsCacheLink(string home, string path)
    {
        if (Path.GetDirectoryName(home) is not { } snapshots || Path.GetFileName(snapshots) != "snapshots") return false;
        if (Path.GetDirectoryName(snapshots) is not { } repository) return false;
        if (new FileInfo(path).LinkTarget is not { } link) return false;
        var name = Path.GetFileName(link);
        var blobs = Path.Combine(repository, "blobs");
        return name.Length > 0 && name is not ("." or "..") && link == Path.Combine("..", "..", "blobs", name)
            && IsPlain(new DirectoryInfo(snapshots)) && IsPlain(new DirectoryInfo(blobs)) && IsPlain(new FileInfo(Path.Combine(blobs, name)));

        static bool IsPlain(FileSystemInfo entry) => entry is { Exists: true, LinkTarget: null };
    }

    public static string DescribeTensorFiles(FolderNames names)
    {
        var others = names.All.Where(name => OtherFormats.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal).ToArray();
        var safetensors = names.All.Where(name => name.EndsWith(".safetensors", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
        if (safetensors.Length > 0) return $"{safetensors.Length} safetensors files without an index, such as {Display.Quote(safetensors[0])}";
        return others.Length == 0 ? "no tensor files"
            : $"only files of other formats, such as {Display.Quote(others[0])} (not opened; convert them to safetensors first)";
    }
}

/// <summary>File names of a folder, found by exact spelling, or by one that differs in case.</summary>
internal sealed class FolderNames
{
    private readonly HashSet<string> _exact = new(StringComparer.Ordinal);
    private readonly HashSet<string> _anyCase = new(StringComparer.OrdinalIgnoreCase);

    public FolderNames(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            _exact.Add(name);
            _anyCase.Add(name);
        }
    }

    public IReadOnlyCollection<string> All => _exact;

    public bool Contains(string name) => _exact.Contains(name);

    public string? Similar(string name) => _anyCase.TryGetValue(name, out var other) ? other : null;
}
