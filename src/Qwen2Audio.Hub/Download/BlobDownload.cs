using System.Net;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Hub.Remote;

namespace Qwen2Audio.Hub.Download;

/// <summary>Downloads one file into the cache, resuming an earlier run, and verifies it before it gets its final name.</summary>
internal sealed class BlobDownload(HubClient client, RepositoryName repository, string commit, DownloadOptions options, Action<DownloadEvent> report)
{
    private const int Block = 1 << 18;
    private const int Progress = 1 << 20;
    private const long ReportMilliseconds = 100;
    private const long RoomBytes = 64 << 20; // between two checks of the free disk space
    private long _received;

    /// <summary>Bytes received over the network, for all files.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Downloads a blob; returns whether its checksum was verified.</summary>
    public async Task<bool> RunAsync(Blob blob, CancellationToken cancellation)
    {
        var source = blob.Source;
        using var file = ResumableFile.Open(blob.Location);
        using var checksum = Checksum.Of(source);
        var state = new State(file, checksum, source);
        if (file.Length > source.Size) state.Restart();
        var resumed = file.Length > 0;
        if (resumed && checksum is not null) file.ReadBack(checksum.Append, cancellation);
        var attempts = new RetryPolicy(options, source.Path, report);
        while (true)
        {
            var before = file.Length;
            try
            {
                await ReceiveAsync(state, cancellation);
            }
            catch (TransientException failure)
            {
                if (file.Length - before >= Progress) attempts.Succeed();
                await attempts.WaitAsync(failure, cancellation);
                continue;
            }

            if (checksum?.Difference() is not { } difference) break;
            if (!resumed)
            {
                file.Discard();
                throw new HubException(HubFault.Checksum, $"{source.Path} of {repository} has the checksum {difference}; it is damaged or was changed, and was deleted.");
            }

            resumed = false; // the part from an earlier run may be the damaged one
            state.Restart();
        }

        report(new DownloadProgress(source.Path, file.Length, source.Size));
        file.Publish();
        return checksum is not null;
    }

    private async Task ReceiveAsync(State state, CancellationToken cancellation)
    {
        var (file, source) = (state.Partial, state.Source);
        if (file.Length == source.Size && file.Length > 0) return;
        using var answer = await client.GetAsync(repository, commit, source.Path, file.Length, cancellation);
        state.Begin(answer);
        await using var content = await answer.Response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[Block];
        var told = -ReportMilliseconds;
        for (int read; (read = await client.ReadAsync(content, buffer, cancellation)) > 0;)
        {
            if (file.Length + read > source.Size) throw Bad(source, $"more than the declared {source.Size} bytes");
            if (source.Size is null) CheckUndeclared(file, read, source);
            state.Append(buffer.AsSpan(0, read));
            Interlocked.Add(ref _received, read);
            if (Environment.TickCount64 - told < ReportMilliseconds) continue;
            told = Environment.TickCount64;
            report(new DownloadProgress(source.Path, file.Length, source.Size));
        }

        if (file.Length < source.Size) throw new TransientException($"the connection ended after {file.Length} of {source.Size} bytes");
    }

    /// <summary>Limits a file of undeclared size by the options and by the free disk space.</summary>
    private void CheckUndeclared(ResumableFile file, int read, RemoteFile source)
    {
        var length = file.Length + read;
        if (length > options.MaxUndeclaredBytes)
        {
            file.Discard();
            throw Bad(source, $"no size, and more than the {options.MaxUndeclaredBytes} bytes allowed without one (DownloadOptions.MaxUndeclaredBytes)");
        }

        if (length / RoomBytes == file.Length / RoomBytes && file.Length > 0) return;
        var free = options.FreeSpace(Path.GetDirectoryName(file.Location)!);
        if (free >= options.MinFreeSpace + RoomBytes) return;
        file.Discard();
        throw new HubException(HubFault.DiskSpace, $"The endpoint gives no size for {source.Path}. {length - read} bytes were received; {free} bytes are free on the disk, of which {options.MinFreeSpace} must stay free. The part was deleted. Free some space, or name another folder with HF_HUB_CACHE or --cache.");
    }

    private static HubException Bad(RemoteFile source, string what) => new(HubFault.InvalidResponse, $"The endpoint sent {what} for {source.Path}.");

    /// <summary>A file and the checksum of its content, which are kept in step.</summary>
    private sealed record State(ResumableFile Partial, Checksum? Checksum, RemoteFile Source)
    {
        public void Append(ReadOnlySpan<byte> bytes)
        {
            Partial.Append(bytes);
            Checksum?.Append(bytes);
        }

        public void Restart()
        {
            Partial.Clear();
            Checksum?.Reset();
        }

        /// <summary>Prepares the file for a response's content, which is appended or starts the file again.</summary>
        public void Begin(HubResponse answer)
        {
            if (answer.Status == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                Restart();
                throw new TransientException("the server has no bytes beyond that position");
            }

            var range = answer.Response.Content.Headers.ContentRange;
            var start = answer.Status == HttpStatusCode.PartialContent ? range?.From ?? -1 : 0;
            var whole = answer.Status == HttpStatusCode.PartialContent ? range?.Length : answer.Response.Content.Headers.ContentLength;
            if (whole is not null && Source.Size is not null && whole != Source.Size) throw Bad(Source, $"{whole} bytes instead of {Source.Size}");
            if (start == Partial.Length) return;
            Restart();
            if (start != 0) throw new TransientException("the server sent a different part than requested");
        }
    }
}
