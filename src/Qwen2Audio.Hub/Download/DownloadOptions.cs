namespace Qwen2Audio.Hub.Download;

/// <summary>What to download, and how.</summary>
public sealed record DownloadOptions
{
    /// <summary>Path patterns with '*' (any characters) and '?'; empty: <see cref="FileSelection.Default"/>.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Patterns of paths to leave out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Files downloaded in parallel.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Consecutive failures after which a download is abandoned.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Delay after the first failure; it doubles with each further one.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Maximum bytes of all selected files, as declared by the endpoint.</summary>
    public long MaxBytes { get; init; } = 4L << 40;

    /// <summary>Maximum bytes of a file whose size the endpoint does not declare.</summary>
    public long MaxUndeclaredBytes { get; init; } = 64L << 30;

    /// <summary>Disk space in bytes that a file of unknown size must leave free.</summary>
    public long MinFreeSpace { get; init; } = 256L << 20;

    /// <summary>How long a host may send nothing.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Returns the free bytes on a folder's file system.</summary>
    public Func<string, long> FreeSpace { get; init; } = folder => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>Whether snapshots link to the blobs, as with Hugging Face's tools; false: the files themselves are in the snapshot.</summary>
    public bool Links { get; init; } = true;
}
