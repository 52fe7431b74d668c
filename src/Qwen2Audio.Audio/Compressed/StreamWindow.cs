namespace Qwen2Audio.Audio.Compressed;

/// <summary>Random access to a seekable stream from its current position; blocks are read when needed.</summary>
internal sealed class StreamWindow
{
    private const int BlockBytes = 1 << 14;
    private readonly Stream _stream;
    private readonly long _origin;
    private readonly byte[] _block = new byte[BlockBytes];
    private long _start;
    private int _count;

    public StreamWindow(Stream stream) => (_stream, _origin, Length) = (stream, stream.Position, stream.Length - stream.Position);

    /// <summary>Number of bytes.</summary>
    public long Length { get; }

    /// <summary>The bytes from <paramref name="position"/> on, fewer at the end; valid until the next call.</summary>
    public ReadOnlySpan<byte> At(long position, int count)
    {
        var available = Math.Clamp(Length - position, 0, Math.Min(count, BlockBytes));
        if (available == 0) return [];
        if (position < _start || position + available > _start + _count)
        {
            _stream.Position = _origin + position;
            (_start, _count) = (position, _stream.ReadAtLeast(_block, (int)Math.Min(BlockBytes, Length - position), throwOnEndOfStream: false));
        }

        var offset = (int)(position - _start);
        return _block.AsSpan(offset, (int)Math.Min(available, Math.Max(0, _count - offset)));
    }
}
