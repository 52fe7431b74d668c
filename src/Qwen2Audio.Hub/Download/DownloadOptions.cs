namespace Qwen2Audio.Hub.Download;

/// <summary>What to download, and how.</summary>
public sealed record DownloadOptions
{
    /// <summary>Patterns of paths with '*' (any characters) and '?'; empty: what models need, see <see cref="FileSelection.Usual"/>.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Patterns of paths to leave out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Files downloaded in parallel.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Consecutive failures after which a file is given up.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Wait after the first failure; doubles with each one.</summary>
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

    /// <summary>Link snapshots to the blobs, as Hugging Face's programs do; false: put the files into the snapshot.</summary>
    public bool Links { get; init; } = true;
}
