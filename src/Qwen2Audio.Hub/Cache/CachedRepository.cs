using System.Text;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Hub.Cache;

/// <summary>One repository's folder in a cache.</summary>
internal sealed class CachedRepository(string path)
{
    private const int LongestReference = 100;

    public string Blobs => Path.Combine(path, "blobs");

    public string Snapshot(string commit) => Path.Combine(path, "snapshots", commit);

    /// <summary>The commit that a branch or tag stood at when it was downloaded last; null when it never was.</summary>
    public string? ReadReference(string revision)
    {
        var file = new FileInfo(Reference(revision));
        if (!file.Exists || file.Length > LongestReference) return null;
        var commit = PlainFile.ReadAllText(file.FullName).Trim();
        return IsCommit(commit) ? commit : null;
    }

    /// <summary>What is wrong with a reference that lies there, when a snapshot does too; null when there is nothing to say.</summary>
    public string? Damage(string revision)
    {
        var (file, snapshots) = (Reference(revision), Path.Combine(path, "snapshots"));
        if (!Directory.Exists(snapshots) || Directory.GetDirectories(snapshots) is not { Length: > 0 } there) return null;
        var found = !File.Exists(file) ? "is not there" : ReadReference(revision) is { } commit ? $"names {commit}, which is not there" : "names no commit";
        return $"{file} {found}; downloaded are {string.Join(", ", there.Order(StringComparer.Ordinal))}.";
    }

    public void WriteReference(string revision, string commit)
    {
        if (revision == commit) return;
        var file = Reference(revision);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        AtomicFile.Write(file, Encoding.ASCII.GetBytes(commit));
    }

    /// <summary>True for what may name a folder of a snapshot: hexadecimal digits alone.</summary>
    public static bool IsCommit(string text) => text.Length is >= 7 and <= 64 && text.All(char.IsAsciiHexDigitLower);

    private string Reference(string revision) => Path.Combine([path, "refs", .. revision.Split('/')]);
}
