namespace Qwen2Audio.Hub.Download;

/// <summary>An event of a running download, raised from several threads.</summary>
public abstract record DownloadEvent;

/// <summary>The files to download are known.</summary>
/// <param name="Commit">The commit of the revision.</param>
/// <param name="Files">Number of selected files.</param>
/// <param name="Bytes">Their total size.</param>
/// <param name="Missing">Bytes still to download.</param>
/// <param name="Skipped">Files outside the selection.</param>
public sealed record DownloadPlanned(string Commit, int Files, long Bytes, long Missing, IReadOnlyList<string> Skipped) : DownloadEvent;

/// <summary>Another process is downloading the same repository; this one waits.</summary>
public sealed record DownloadWaiting(string LockFile) : DownloadEvent;

/// <summary>Partial files of earlier downloads that do not belong to this one.</summary>
/// <param name="Files">Their paths.</param>
/// <param name="Bytes">Their total size.</param>
public sealed record DownloadLeftovers(IReadOnlyList<string> Files, long Bytes) : DownloadEvent;

/// <summary>Bytes of a file received so far, including those of earlier runs.</summary>
public sealed record DownloadProgress(string File, long Bytes, long? Size) : DownloadEvent;

/// <summary>A file is complete.</summary>
/// <param name="File">Its path in the repository.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="WasPresent">It was already in the cache.</param>
/// <param name="Checked">Its checksum was compared in this run.</param>
public sealed record DownloadFinished(string File, long Size, bool WasPresent, bool Checked) : DownloadEvent;

/// <summary>A failure that will be retried.</summary>
public sealed record DownloadRetry(string What, string Reason, TimeSpan Delay) : DownloadEvent;

/// <summary>The result of a download.</summary>
/// <param name="Folder">The snapshot: a model folder.</param>
/// <param name="Commit">Its commit.</param>
/// <param name="Files">Number of files in it.</param>
/// <param name="Bytes">Their total size.</param>
/// <param name="Received">Bytes received over the network.</param>
/// <param name="Skipped">Files outside the selection.</param>
/// <param name="Unchecked">Received files for which the endpoint gave no checksum.</param>
public sealed record DownloadResult(
    string Folder, string Commit, int Files, long Bytes, long Received, IReadOnlyList<string> Skipped, IReadOnlyList<string> Unchecked);
