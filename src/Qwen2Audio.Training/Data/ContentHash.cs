using System.Security.Cryptography;

namespace Qwen2Audio.Training.Data;

/// <summary>Short hashes that identify content.</summary>
internal static class ContentHash
{
    /// <summary>Hash of the content that <paramref name="add"/> appends.</summary>
    public static string Of(Action<IncrementalHash> add)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        add(sum);
        return $"sha256 {Convert.ToHexStringLower(sum.GetHashAndReset())[..16]}";
    }

    /// <summary>Hash of texts, one line each.</summary>
    public static string OfLines(IEnumerable<string> lines) => Of(sum =>
    {
        foreach (var line in lines) sum.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
    });
}
