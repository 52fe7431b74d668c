namespace Qwen2Audio.Audio.Reading;

/// <summary>
/// Lets synchronous readers read a stream through its asynchronous method only, as web servers require for a request's body. A stalled
/// read ends when the token is cancelled, even if the stream ignores the token.
/// </summary>
public sealed class AsyncReadStream(Stream stream, CancellationToken cancellation) : Stream
{
    private readonly byte[] _buffer = new byte[1 << 16]; // not the caller's: an abandoned read may still write to it
    private int _at;
    private int _end;

    public override bool CanRead => true;

    public override bool CanSeek => stream.CanSeek;

    public override bool CanWrite => false;

    public override long Length => stream.Length;

    public override long Position
    {
        get => stream.Position - (_end - _at);
        set
        {
            (_at, _end) = (0, 0);
            stream.Position = value;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_at == _end && buffer.Length > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            (_at, _end) = (0, stream.ReadAsync(_buffer, cancellation).AsTask().WaitAsync(cancellation).GetAwaiter().GetResult());
        }

        var count = Math.Min(buffer.Length, _end - _at);
        _buffer.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }
}
