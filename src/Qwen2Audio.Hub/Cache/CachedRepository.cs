using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Hub.Cache;

/// <summary>One repository's folder in a cache.</summary>
internal sealed class CachedRepository(string path)
{
    private const int LongestReference = 100;

    public string Blobs => Path.Combine(path, "blobs");

    public string Snapshot(string commit) => Path.Combine(path, "snapshots", commit);

    /// <summary>The commit of a branch or tag at its last download; null if it was never downloaded.</summary>
    public string? ReadReference(string revision)
    {
        var file = new FileInfo(Reference(revision));
        if (!file.Exists || file.Length > LongestReference) return null;
        var commit = PlainFile.ReadAllText(file.FullName).Trim();
        return IsCommit(commit) ? commit : null;
    }

    /// <summary>What is wrong with a cached reference although snapshots exist; null if nothing is.</summary>
    public string? Damage(string revision)
    {
        var (file, snapshots) = (Reference(revision), Path.Combine(path, "snapshots"));
        if (!Directory.Exists(snapshots) || Directory.GetDirectories(snapshots) is not { Length: > 0 } there) return null;
        var found = !File.Exists(file) ? "does not exist" : ReadReference(revision) is { } commit ? $"names {commit}, which is not in the cache" : "does not contain a commit";
        return $"{file} {found}; the downloaded snapshots are {string.Join(", ", there.Order(StringComparer.Ordinal))}.";
    }

    public void WriteReference(string revision, string commit)
    {
        if (revision == commit) return;
        var file = Reference(revision);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        AtomicFile.Write(file, Encoding.ASCII.GetBytes(commit));
    }

    /// <summary>Whether the text may name a snapshot folder: hexadecimal digits only.</summary>
    public static bool IsCommit(string text) => text.Length is >= 7 and <= 64 && text.All(char.IsAsciiHexDigitLower);

    private string Reference(string revision) => Path.Combine([path, "refs", .. revision.Split('/')]);
}
