using Qwen2Audio.Hub.Remote;

namespace Qwen2Audio.Hub.Download;

/// <summary>The content of one or more files, stored once in the cache, and the snapshot paths that refer to it.</summary>
/// <param name="Location">The file in the cache.</param>
/// <param name="Source">The endpoint's description; its path is used in messages.</param>
/// <param name="Paths">Paths in the snapshot.</param>
internal sealed record Blob(string Location, RemoteFile Source, IReadOnlyList<string> Paths)
{
    /// <summary>The complete content if it exists: the blob, or a file of the snapshot where links are not supported.</summary>
    public string? Present(string snapshot) => Paths.Select(path => Path.Combine(snapshot, path)).Prepend(Location).FirstOrDefault(IsWhole);

    private bool IsWhole(string path) => new FileInfo(path) is { Exists: true, LinkTarget: null } file && (Source.Size is null || file.Length == Source.Size);
}
