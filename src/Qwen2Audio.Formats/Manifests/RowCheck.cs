using System.Globalization;
using System.Security.Cryptography;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Manifests;

/// <summary>Compares a clip with what its row says of it.</summary>
public static class RowCheck
{
    /// <summary>Seconds by which a clip may be longer or shorter than its row says, as in lhotse.</summary>
    public const double DurationTolerance = 0.025;

    private const int LongestPath = 4096; // PATH_MAX

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

    /// <summary>What is wrong with a clip's length: another than the row's, where the row is of a whole file. Null: nothing, or the row names none.</summary>
    public static string? Duration(ManifestRow row, double seconds) =>
        row.Offset is not null || row.Seconds == 0 || Math.Abs(seconds - row.Seconds) <= DurationTolerance ? null
            : string.Create(CultureInfo.InvariantCulture, $"{row.Path}: {seconds:0.###} s long; the manifest says {row.Seconds:0.###} s; allowed: a difference of {DurationTolerance} s.");

    /// <summary>A reason that names the clip: as it is where it names its path already.</summary>
    public static string Named(string path, string reason) => reason.Contains(path, StringComparison.Ordinal) ? reason : $"{path}: {reason}";

    /// <summary>What no file system takes as a path, in words; null: nothing.</summary>
    internal static string? PathFault(string path) => path.Contains('\0', StringComparison.Ordinal) ? "a NUL"
        : path.Length > LongestPath ? $"{path.Length} characters" : null;

    private static byte[] OfFile(string path)
    {
        PlainFile.Require(path);
        using var file = File.OpenRead(path);
        return SHA256.HashData(file);
    }
}
