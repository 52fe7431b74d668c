namespace Qwen2Audio.Formats.Json;

/// <summary>Splits a stream into lines. A line over the limit ends the reading; its first bytes, one more than the limit, are returned.</summary>
internal sealed class LineReader(Stream stream, int limit) : IDisposable
{
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;

    public bool Next(out ReadOnlyMemory<byte> line)
    {
        for (var searched = 0; ;)
        {
            var rest = _buffer.AsSpan(_start + searched, _end - _start - searched);
            if (rest.IndexOf((byte)'\n') is >= 0 and var at) return Take(searched + at, 1, out line);
            searched = _end - _start;
            if (searched > limit) return Take(searched, 0, out line);
            if (!Fill()) return Take(searched, 0, out line) && searched > 0;
        }
    }

    public void Dispose() => stream.Dispose();

    private bool Take(int length, int separator, out ReadOnlyMemory<byte> line)
    {
        line = _buffer.AsMemory(_start, length);
        _start += length + separator;
        return true;
    }

    private bool Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        return read > 0;
    }
}
