namespace Qwen2Audio.Testing;

/// <summary>A sender that stops without ending the stream, and whose reads ignore cancellation, as some streams' do.</summary>
public sealed class StalledStream : AsyncOnlyStream
{
    private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _never = new();

    /// <summary>Bytes, after which the stream stalls.</summary>
    public StalledStream(byte[]? bytes = null)
        : base(bytes ?? [])
    {
    }

    /// <summary>Completes once a reader waits for bytes.</summary>
    public Task IsRead => _read.Task;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await base.ReadAsync(buffer, CancellationToken.None);
        if (count > 0) return count;
        _read.TrySetResult();
        return await _never.Task;
    }
}

/// <summary>The body of a request as in ASP.NET: it cannot be read synchronously and cannot seek.</summary>
public class AsyncOnlyStream(byte[] bytes) : Stream
{
    private int _at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new InvalidOperationException("Synchronous operations are disallowed. Call ReadAsync or set AllowSynchronousIO to true instead.");

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        var count = Math.Min(Math.Min(buffer.Length, 1000), bytes.Length - _at);
        bytes.AsMemory(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }
}
