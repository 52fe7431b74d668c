namespace Qwen2Audio.Hub.Download;

/// <summary>What to download, and how.</summary>
public sealed record DownloadOptions
{
    /// <summary>Patterns of paths with '*' (any characters) and '?'; empty: what models need, see <see cref="FileSelection.Usual"/>.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Patterns of paths to leave out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Files at once.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Failures in a row after which a file is given up.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Wait after the first failure; doubles with each.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Bytes of all chosen files at most, as the endpoint declares them.</summary>
    public long MostBytes { get; init; } = 4L << 40;

    /// <summary>Bytes at most of a file whose size the endpoint does not say.</summary>
    public long MostUndeclaredBytes { get; init; } = 64L << 30;

    /// <summary>Free bytes that a file of unknown size leaves on the disk.</summary>
    public long KeptFree { get; init; } = 256L << 20;

    /// <summary>How long a host may be silent.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Free bytes where a folder lies; the file system's own answer by default.</summary>
    public Func<string, long> FreeSpace { get; init; } = folder => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>Link snapshots to the blobs, as Hugging Face's programs do; false: put the files into the snapshot.</summary>
    public bool Links { get; init; } = true;
}
