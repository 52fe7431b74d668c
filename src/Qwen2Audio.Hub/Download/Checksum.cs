using System.Security.Cryptography;
using Qwen2Audio.Hub.Remote;

namespace Qwen2Audio.Hub.Download;

/// <summary>Computes the checksum that the endpoint gives for a file: SHA-256, or git's object id (SHA-1 over a header and the content).</summary>
internal sealed class Checksum : IDisposable
{
    private readonly IncrementalHash _hash;
    private readonly string _expected;
    private readonly byte[] _header;

    private Checksum(HashAlgorithmName algorithm, string expected, byte[] header)
    {
        (_hash, _expected, _header) = (IncrementalHash.CreateHash(algorithm), expected, header);
        _hash.AppendData(_header);
    }

    /// <summary>The checksum to verify for a file; null if none is known.</summary>
    public static Checksum? Of(RemoteFile file)
    {
        if (file.Sha256 is { } sha256) return new Checksum(HashAlgorithmName.SHA256, sha256, []);
        if (file is not { GitSha1: { } sha1, Size: { } size }) return null;
        return new Checksum(HashAlgorithmName.SHA1, sha1, Encoding.ASCII.GetBytes($"blob {size}\0"));
    }

    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>Starts again.</summary>
    public void Reset()
    {
        _ = _hash.GetHashAndReset();
        _hash.AppendData(_header);
    }

    /// <summary>Null if the checksum is as expected, otherwise the computed and the expected one. Also resets it.</summary>
    public string? Difference()
    {
        var found = Convert.ToHexStringLower(_hash.GetHashAndReset());
        _hash.AppendData(_header);
        return found == _expected ? null : $"{found} instead of {_expected}";
    }

    public void Dispose() => _hash.Dispose();
}
