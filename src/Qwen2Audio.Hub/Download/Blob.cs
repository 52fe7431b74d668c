using Qwen2Audio.Hub.Remote;

namespace Qwen2Audio.Hub.Download;

/// <summary>A content to have in the cache, and the paths of the snapshot that have it.</summary>
/// <param name="Location">The file in the cache.</param>
/// <param name="Source">How the endpoint describes it; its path stands for it in messages.</param>
/// <param name="Paths">Paths in the snapshot.</param>
internal sealed record Blob(string Location, RemoteFile Source, IReadOnlyList<string> Paths)
{
    /// <summary>The complete content where there is one: the blob itself, or a file of the snapshot where links cannot be made.</summary>
    public string? Present(string snapshot) => Paths.Select(path => Path.Combine(snapshot, path)).Prepend(Location).FirstOrDefault(IsWhole);

    private bool IsWhole(string path) => new FileInfo(path) is { Exists: true, LinkTarget: null } file && (Source.Size is null || file.Length == Source.Size);
}
