namespace Qwen2Audio.Audio.Reading;

/// <summary>Buffered bytes of a stream, read forwards.</summary>
internal sealed class ByteSource(Stream stream, string name)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _at;
    private int _end;

    /// <summary>Bytes consumed so far.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes that are left; null if the stream does not report it.</summary>
    public long? Remaining => stream.CanSeek ? Math.Max(0, stream.Length - stream.Position) + (_end - _at) : null;

    /// <summary>The next bytes without consuming them; fewer than requested only at the end. At most 64 KiB.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        if (_end - _at < count)
        {
            _buffer.AsSpan(_at, _end - _at).CopyTo(_buffer);
            (_at, _end) = (0, _end - _at);
            while (_end < count)
            {
                var got = stream.Read(_buffer, _end, _buffer.Length - _end);
                if (got == 0) break;
                _end += got;
            }
        }

        return _buffer.AsSpan(_at, Math.Min(count, _end - _at));
    }

    /// <summary>Reads bytes; fewer than requested only at the end.</summary>
    public int Read(Span<byte> destination)
    {
        var done = Math.Min(destination.Length, _end - _at);
        _buffer.AsSpan(_at, done).CopyTo(destination);
        _at += done;
        while (done < destination.Length)
        {
            var got = stream.Read(destination[done..]);
            if (got == 0) break;
            done += got;
        }

        Position += done;
        return done;
    }

    /// <summary>Reads whole blocks, at least one, as many as are there without waiting; less only at the end.</summary>
    public int ReadBlocks(Span<byte> destination, int block)
    {
        var done = Math.Min(destination.Length, _end - _at);
        _buffer.AsSpan(_at, done).CopyTo(destination);
        _at += done;
        while (done == 0 || done % block != 0)
        {
            var got = stream.Read(destination[done..]);
            if (got == 0) break;
            done += got;
        }

        Position += done;
        return done;
    }

    /// <summary>Skips bytes; returns how many were skipped.</summary>
    public long Skip(long count)
    {
        var left = count;
        while (left > 0)
        {
            if (_at == _end)
            {
                (_at, _end) = (0, stream.Read(_buffer, 0, _buffer.Length));
                if (_end == 0) break;
            }

            var step = (int)Math.Min(left, _end - _at);
            _at += step;
            left -= step;
        }

        Position += count - left;
        return count - left;
    }

    /// <summary>Whether the bytes can be read in any order without copying them.</summary>
    public bool CanSeek => stream.CanSeek;

    /// <summary>
    /// The remaining bytes as a seekable stream: the stream itself if it can seek, otherwise a copy in memory of at most
    /// <paramref name="limit"/> bytes. Nothing can be read from this object afterwards.
    /// </summary>
    /// <param name="limit">Most bytes of the copy.</param>
    /// <param name="cancellation">Ends the copying.</param>
    public Stream Seekable(long limit, CancellationToken cancellation)
    {
        if (stream.CanSeek)
        {
            stream.Position -= _end - _at;
            (_at, _end) = (0, 0);
            return stream;
        }

        var copy = new BlockStream();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (copy.Length + (_end - _at) > limit)
                throw Fault(AudioFault.TooLong, "content", $"more than {copy.Length} bytes of a stream that cannot seek", $"at most {limit} bytes; a file may be larger");
            copy.Append(_buffer.AsSpan(_at, _end - _at));
            (_at, _end) = (0, stream.Read(_buffer, 0, _buffer.Length));
            if (_end == 0) break;
        }

        return copy;
    }

    public AudioFormatException Fault(AudioFault fault, string place, string found, string allowed) => new(fault, name, place, found, allowed);

    public AudioFormatException Damaged(string place, string found, string allowed) => Fault(AudioFault.Damaged, place, found, allowed);
}
