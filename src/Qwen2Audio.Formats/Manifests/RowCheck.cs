using System.Security.Cryptography;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Manifests;

/// <summary>Compares a clip with what its row says of it.</summary>
public static class RowCheck
{
    /// <summary>What is wrong with the bytes of the row's file: another SHA-256 than the row's. Null: nothing, or the row names none.</summary>
    /// <param name="row">The row.</param>
    /// <param name="bytes">The file's bytes; null: they are read from its path.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string? Content(ManifestRow row, byte[]? bytes = null)
    {
        if (row.Sha256.Length == 0) return null;
        var found = Convert.ToHexStringLower(bytes is null ? OfFile(row.Path) : SHA256.HashData(bytes));
        return found.Equals(row.Sha256.Trim(), StringComparison.OrdinalIgnoreCase) ? null : $"{row.Path}: its SHA-256 is {found}; the manifest says {row.Sha256}.";
    }

    /// <summary>What is wrong with a clip's sample rate: another than the row's. Null: nothing, or the row names none.</summary>
    public static string? SampleRate(ManifestRow row, int found) =>
        row.SampleRate == 0 || row.SampleRate == found ? null : $"{row.Path}: {found} samples a second; the manifest says {row.SampleRate}.";

    private static byte[] OfFile(string path)
    {
        PlainFile.Require(path);
        using var file = File.OpenRead(path);
        return SHA256.HashData(file);
    }
}
