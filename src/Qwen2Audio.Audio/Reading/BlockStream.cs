namespace Qwen2Audio.Audio.Reading;

/// <summary>Bytes in memory, in blocks, so that appending copies nothing; readable as a seekable stream.</summary>
internal sealed class BlockStream : Stream
{
    private const int BlockBytes = 1 << 20;
    private readonly List<byte[]> _blocks = [];
    private long _length;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position { get; set; }

    /// <summary>Adds bytes at the end.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var used = (int)(_length % BlockBytes);
            if (used == 0) _blocks.Add(new byte[BlockBytes]);
            var step = Math.Min(bytes.Length, BlockBytes - used);
            bytes[..step].CopyTo(_blocks[^1].AsSpan(used));
            _length += step;
            bytes = bytes[step..];
        }
    }

    public override int Read(Span<byte> buffer)
    {
        var done = 0;
        while (done < buffer.Length && Position < _length)
        {
            var at = (int)(Position % BlockBytes);
            var step = (int)Math.Min(Math.Min(buffer.Length - done, BlockBytes - at), _length - Position);
            _blocks[(int)(Position / BlockBytes)].AsSpan(at, step).CopyTo(buffer[done..]);
            done += step;
            Position += step;
        }

        return done;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = offset + (origin switch { SeekOrigin.Begin => 0, SeekOrigin.Current => Position, _ => _length });

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
