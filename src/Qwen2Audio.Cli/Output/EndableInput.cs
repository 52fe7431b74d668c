namespace Qwen2Audio.Cli.Output;

/// <summary>An input that can be ended while its sender stalls or goes on. It is read with <see cref="ReadAsync(Memory{byte}, CancellationToken)"/> only.</summary>
internal sealed class EndableInput(Stream input) : Stream
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether it was ended before its sender closed it.</summary>
    public bool IsEnded => _end.Task.IsCompleted;

    /// <summary>From now on there are no more bytes.</summary>
    public void End() => _end.TrySetResult();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (IsEnded) return 0;
        var read = input.ReadAsync(buffer, cancellationToken).AsTask();
        return await Task.WhenAny(read, _end.Task).ConfigureAwait(false) == read ? await read.ConfigureAwait(false) : 0;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }
}
