using System.Security.Cryptography;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Manifests;

/// <summary>Compares a clip with its row.</summary>
public static class RowCheck
{
    /// <summary>Allowed difference in seconds between a clip's length and that in its row, as in lhotse.</summary>
    public const double DurationTolerance = 0.025;

    private const int LongestPath = 4096; // PATH_MAX

    /// <summary>An error if the file's SHA-256 differs from the row's; null if it agrees or the row has none.</summary>
    /// <param name="bytes">The file's bytes; null: read from its path.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string? Content(ManifestRow row, byte[]? bytes = null)
    {
        if (row.Sha256.Length == 0) return null;
        var found = Convert.ToHexStringLower(bytes is null ? OfFile(row.Path) : SHA256.HashData(bytes));
        return found.Equals(row.Sha256.Trim(), StringComparison.OrdinalIgnoreCase) ? null : $"{row.Path}: its SHA-256 is {found}; the manifest says {row.Sha256}.";
    }

    /// <summary>An error if the clip's sample rate differs from the row's; null if it agrees or the row has none.</summary>
    public static string? SampleRate(ManifestRow row, int found) =>
        row.SampleRate == 0 || row.SampleRate == found ? null : $"{row.Path}: the sample rate is {found} Hz; the manifest says {row.SampleRate} Hz.";

    /// <summary>An error if the file's duration differs from the row's; null if it agrees, or the row has none or covers a part of a file.</summary>
    public static string? Duration(ManifestRow row, double seconds) =>
        row.Offset is not null || row.Seconds == 0 || Math.Abs(seconds - row.Seconds) <= DurationTolerance ? null
            : string.Create(CultureInfo.InvariantCulture, $"{row.Path}: {seconds:0.###} s long; the manifest says {row.Seconds:0.###} s; allowed: a difference of {DurationTolerance} s.");

    /// <summary>A reason that names the clip; unchanged if it already contains the path.</summary>
    public static string Named(string path, string reason) => reason.Contains(path, StringComparison.Ordinal) ? reason : $"{path}: {reason}";

    /// <summary>Why no file system accepts this path, in words; null if one may.</summary>
    internal static string? PathFault(string path) => path.Contains('\0', StringComparison.Ordinal) ? "a NUL"
        : path.Length > LongestPath ? $"{path.Length} characters" : null;

    private static byte[] OfFile(string path)
    {
        PlainFile.Require(path);
        using var file = File.OpenRead(path);
        return SHA256.HashData(file);
    }
}
