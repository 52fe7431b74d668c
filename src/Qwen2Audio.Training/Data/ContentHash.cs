using System.Security.Cryptography;
using System.Text;

namespace Qwen2Audio.Training.Data;

/// <summary>Short texts by which content is recognised.</summary>
internal static class ContentHash
{
    /// <summary>Of what <paramref name="add"/> hashes.</summary>
    public static string Of(Action<IncrementalHash> add)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        add(sum);
        return $"sha256 {Convert.ToHexStringLower(sum.GetHashAndReset())[..16]}";
    }

    /// <summary>Of texts, one line each.</summary>
    public static string OfLines(IEnumerable<string> lines) => Of(sum =>
    {
        foreach (var line in lines) sum.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
    });
}
