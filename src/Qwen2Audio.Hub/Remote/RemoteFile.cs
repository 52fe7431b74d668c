using System.Security.Cryptography;

namespace Qwen2Audio.Hub.Remote;

/// <summary>A file of a repository, as the endpoint describes it.</summary>
/// <param name="Path">Path within the repository, parts separated by '/'.</param>
/// <param name="Size">Bytes; null if the endpoint does not say.</param>
/// <param name="Sha256">SHA-256 of large files, in hexadecimal; null when not given.</param>
/// <param name="GitSha1">Git's object id of other files, in hexadecimal; null when not given.</param>
internal sealed record RemoteFile(string Path, long? Size, string? Sha256, string? GitSha1)
{
    /// <summary>Identifies the content if it has no checksum.</summary>
    public string? ETag { get; init; }

    /// <summary>The content's name in the cache; null if nothing is known yet.</summary>
    public string? BlobName => Sha256 ?? GitSha1 ?? ETag;

    /// <summary>A unique name for this file, if its tag is shared by several files and is not a checksum.</summary>
    public string OwnName => $"{BlobName}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path)))[..16]}";
}

/// <summary>A revision of a repository.</summary>
internal sealed record RepositoryListing(string Commit, IReadOnlyList<RemoteFile> Files);
