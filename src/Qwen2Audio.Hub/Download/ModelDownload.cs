using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Hub.Cache;
using Qwen2Audio.Hub.Remote;

namespace Qwen2Audio.Hub.Download;

/// <summary>
/// Downloads a revision of a model into a cache. Files are verified before they get their final names, and <see cref="ModelLocator"/> finds
/// the revision only when all of them are there. If the download is interrupted, the same call resumes it.
/// </summary>
public sealed class ModelDownload
{
    private readonly RepositoryName _repository;
    private readonly HubCache _cache;
    private readonly HubEndpoint _endpoint;
    private readonly DownloadOptions _options;
    private readonly Action<DownloadEvent> _report;

    /// <summary>A download.</summary>
    /// <param name="repository">What to download.</param>
    /// <param name="cache">The cache to download into.</param>
    /// <param name="endpoint">The server.</param>
    /// <param name="options">Which files, and how; default values when null.</param>
    /// <param name="report">Receives events, from several threads.</param>
    public ModelDownload(RepositoryName repository, HubCache cache, HubEndpoint endpoint, DownloadOptions? options = null, Action<DownloadEvent>? report = null)
    {
        (_repository, _cache, _endpoint, _options, _report) = (repository, cache, endpoint, options ?? new DownloadOptions(), report ?? (_ => { }));
        if (_options.Parallel < 1) throw new ArgumentOutOfRangeException(nameof(options), _options.Parallel, "Parallel must be at least 1.");
        if (_options.Attempts < 1) throw new ArgumentOutOfRangeException(nameof(options), _options.Attempts, "Attempts must be at least 1.");
    }

    /// <summary>Downloads the files that are missing.</summary>
    /// <exception cref="HubException">It cannot be downloaded; says why, and what helps.</exception>
    /// <exception cref="IOException">The cache cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what was received is kept.</exception>
    public async Task<DownloadResult> RunAsync(CancellationToken cancellation = default)
    {
        using var client = new HubClient(_endpoint, _options.ReadTimeout);
        var listing = await new RetryPolicy(_options, _repository.ToString(), _report).RunAsync(() => client.ListAsync(_repository, cancellation), cancellation);
        var chosen = listing.Files.Where(file => FileSelection.Takes(file.Path, _options)).ToList();
        string[] skipped = [.. listing.Files.Select(file => file.Path).Except(chosen.Select(file => file.Path), StringComparer.Ordinal)];
        if (chosen.Count == 0)
            throw new HubException(HubFault.NotFound, $"{_repository} has no file in the selection; it has: {Shown(skipped)}.");
        var folder = _cache.Of(_repository);
        Directory.CreateDirectory(folder.Blobs);
        using var ours = await RepositoryLock.AcquireAsync(_cache.LockFile(_repository), _report, cancellation);
        for (var i = 0; i < chosen.Count; i++) chosen[i] = await DescribeAsync(client, listing.Commit, chosen[i], cancellation);
        var snapshot = new SnapshotFolder(folder.Snapshot(listing.Commit), _options.Links);
        var blobs = chosen.GroupBy(file => file.BlobName!, StringComparer.Ordinal)
            .SelectMany(group => group.Skip(1).Any() && group.First() is { Sha256: null, GitSha1: null } ? group.GroupBy(file => file.OwnName, StringComparer.Ordinal) : [group])
            .Select(group => new Blob(Path.Combine(folder.Blobs, group.Key), group.First(), [.. group.Select(file => file.Path)])).ToList();
        CheckSizes(blobs, chosen);
        var missing = CheckDiskSpace(blobs, snapshot, folder.Blobs);
        var bytes = chosen.Sum(file => file.Size ?? 0);
        _report(new DownloadPlanned(listing.Commit, chosen.Count, bytes, missing, skipped));
        ReportLeftovers(folder.Blobs, blobs);
        var (received, notCompared) = await ReceiveAsync(client, listing.Commit, blobs, snapshot, cancellation);
        foreach (var blob in blobs) snapshot.Place(blob);
        folder.WriteReference(_repository.Revision, listing.Commit);
        return new DownloadResult(snapshot.Location, listing.Commit, chosen.Count, bytes, received, skipped, notCompared);
    }

    private async Task<RemoteFile> DescribeAsync(HubClient client, string commit, RemoteFile file, CancellationToken cancellation)
    {
        if (file is { BlobName: not null, Size: not null }) return file;
        using var answer = await new RetryPolicy(_options, file.Path, _report).RunAsync(
            () => client.HeadAsync(_repository, commit, file.Path, cancellation), cancellation);
        var tag = answer.ETag;
        if (tag is null && file.BlobName is null)
            throw new HubException(HubFault.InvalidResponse, $"The endpoint gives neither a checksum nor an ETag for {file.Path}; it is not compatible with Hugging Face.");
        var isHash = tag is not null && tag.All(char.IsAsciiHexDigitLower) && file.BlobName is null;
        return file with
        {
            Size = file.Size ?? answer.Size,
            Sha256 = isHash && tag!.Length == 64 ? tag : file.Sha256,
            GitSha1 = isHash && tag!.Length == 40 ? tag : file.GitSha1,
            ETag = tag,
        };
    }

    private void ReportLeftovers(string folder, List<Blob> blobs)
    {
        var left = ResumableFile.In(folder).Except(blobs.Select(blob => blob.Location), StringComparer.Ordinal).ToList();
        if (left.Count > 0) _report(new DownloadLeftovers([.. left.Select(ResumableFile.PartOf)], left.Sum(ResumableFile.LengthOf)));
    }

    /// <summary>Checks that the sum of the declared sizes does not overflow, and that one content has one size.</summary>
    private void CheckSizes(List<Blob> blobs, List<RemoteFile> chosen)
    {
        var sum = chosen.Aggregate(UInt128.Zero, (total, file) => total + (UInt128)(file.Size ?? 0));
        if (sum > (UInt128)_options.MaxBytes)
            throw new HubException(HubFault.InvalidResponse, $"The endpoint says that the files of {_repository} have {sum} bytes; allowed: {_options.MaxBytes} (DownloadOptions.MaxBytes). Choose fewer with --include, or ask the endpoint's owner.");
        foreach (var blob in blobs)
            if (chosen.Where(file => blob.Paths.Contains(file.Path, StringComparer.Ordinal)).Select(file => file.Size).Distinct().Count() > 1)
                throw new HubException(HubFault.InvalidResponse, $"The endpoint gives {string.Join(", ", blob.Paths.Take(4))} of {_repository} one checksum and different sizes.");
    }

    private long CheckDiskSpace(List<Blob> blobs, SnapshotFolder snapshot, string folder)
    {
        var missing = blobs.Where(blob => blob.Present(snapshot.Location) is null)
            .Sum(blob => Math.Max(0, (blob.Source.Size ?? 0) - ResumableFile.LengthOf(blob.Location)));
        var free = _options.FreeSpace(folder);
        if (missing > free)
            throw new HubException(HubFault.DiskSpace, $"{_repository} needs {Size(missing)} more in {_cache.Location}, where {Size(free)} are free. "
                + "Free some space, or name another folder with HF_HUB_CACHE or --cache.");
        return missing;
    }

    private async Task<(long Received, IReadOnlyList<string> Unchecked)> ReceiveAsync(
        HubClient client, string commit, List<Blob> blobs, SnapshotFolder snapshot, CancellationToken cancellation)
    {
        var receiver = new BlobDownload(client, _repository, commit, _options, _report);
        var notCompared = new ConcurrentBag<string>();
        Exception? first = null;
        try
        {
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = _options.Parallel, CancellationToken = cancellation };
            await Parallel.ForEachAsync(blobs, parallel, async (blob, stop) =>
            {
                try
                {
                    var present = blob.Present(snapshot.Location);
                    var compared = present is null && await receiver.RunAsync(blob, stop);
                    if (present is null && !compared) notCompared.Add(blob.Source.Path);
                    _report(new DownloadFinished(blob.Source.Path, new FileInfo(present ?? blob.Location).Length, present is not null, compared));
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    Interlocked.CompareExchange(ref first, exception, null);
                    throw;
                }
            });
        }
        catch when (first is not null)
        {
            ExceptionDispatchInfo.Throw(first); // the others were cancelled because of it
        }

        return (receiver.Received, [.. notCompared.Order(StringComparer.Ordinal)]);
    }

    private static string Shown(string[] paths) =>
        paths.Length == 0 ? "nothing" : string.Join(", ", paths.Take(10)) + (paths.Length > 10 ? $" and {paths.Length - 10} more" : "");

    private static string Size(long bytes) => bytes < 1L << 30 ? $"{bytes / 1048576.0:0.0} MiB" : $"{bytes / 1073741824.0:0.00} GiB";
}
