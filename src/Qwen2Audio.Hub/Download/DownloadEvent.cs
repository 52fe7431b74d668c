namespace Qwen2Audio.Hub.Download;

/// <summary>Something that a download tells while it runs, from several threads.</summary>
public abstract record DownloadEvent;

/// <summary>It is known what will be done.</summary>
/// <param name="Commit">The commit of the revision.</param>
/// <param name="Files">Files that belong to the selection.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Missing">Bytes of it that are not there yet.</param>
/// <param name="Skipped">Files that the selection leaves out.</param>
public sealed record DownloadPlanned(string Commit, int Files, long Bytes, long Missing, IReadOnlyList<string> Skipped) : DownloadEvent;

/// <summary>Another process downloads the same repository; it is waited for.</summary>
public sealed record DownloadWaiting(string LockFile) : DownloadEvent;

/// <summary>Parts of files that earlier downloads left, and that belong to no file of this one.</summary>
/// <param name="Files">Their paths.</param>
/// <param name="Bytes">Their size.</param>
public sealed record DownloadLeftovers(IReadOnlyList<string> Files, long Bytes) : DownloadEvent;

/// <summary>Bytes of a file that have arrived, those of earlier runs included.</summary>
public sealed record DownloadProgress(string File, long Bytes, long? Size) : DownloadEvent;

/// <summary>A file is complete.</summary>
/// <param name="File">Its path in the repository.</param>
/// <param name="Size">Bytes.</param>
/// <param name="WasPresent">It was there before.</param>
/// <param name="Checked">Its checksum was compared in this run.</param>
public sealed record DownloadFinished(string File, long Size, bool WasPresent, bool Checked) : DownloadEvent;

/// <summary>Something failed and will be tried again.</summary>
public sealed record DownloadRetry(string What, string Reason, TimeSpan Delay) : DownloadEvent;

/// <summary>What a download left.</summary>
/// <param name="Folder">The snapshot: a model folder.</param>
/// <param name="Commit">Its commit.</param>
/// <param name="Files">Files in it.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Received">Bytes that came over the network.</param>
/// <param name="Skipped">Files that the selection left out.</param>
/// <param name="Unchecked">Received files for which the endpoint gave no checksum.</param>
public sealed record DownloadResult(
    string Folder, string Commit, int Files, long Bytes, long Received, IReadOnlyList<string> Skipped, IReadOnlyList<string> Unchecked);
