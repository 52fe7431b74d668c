using System.Runtime.InteropServices;

namespace Qwen2Audio.Audio;

/// <summary>
/// Hands a seekable stream, from its position on, to libsndfile, all of it or so many bytes. An error of the stream may not pass through the native code: it is kept
/// in <see cref="Error"/>, and the library sees the end of the file.
/// </summary>
internal sealed class SndFileInput
{
    private readonly Stream _stream;
    private readonly long _origin;
    private readonly long _end;
    private readonly byte[] _buffer = new byte[1 << 16];

    public SndFileInput(Stream stream, long? bytes = null)
    {
        (_stream, _origin) = (stream, stream.Position);
        _end = bytes is { } count ? _origin + count : long.MaxValue;
        Io = new SndFile.VirtualIo { Length = Length, Seek = Seek, Read = Read, Write = (_, _, _) => 0, Tell = Tell };
    }

    /// <summary>The calls; keep this object alive as long as the file is open.</summary>
    public SndFile.VirtualIo Io { get; }

    /// <summary>What the stream threw first, or null.</summary>
    public Exception? Error { get; private set; }

    private long Length(nint user) => Guarded(() => End - _origin, 0);

    private long End => Math.Min(_end, _stream.Length);

    private long Tell(nint user) => Guarded(() => _stream.Position - _origin, 0);

    private long Seek(long offset, int origin, nint user) => Guarded(() =>
    {
        long start = origin switch { 0 => _origin, 1 => _stream.Position, _ => End };
        _stream.Position = Math.Clamp(start + offset, _origin, End);
        return _stream.Position - _origin;
    }, -1);

    private long Read(nint bytes, long count, nint user) => Guarded(() =>
    {
        long done = 0;
        count = Math.Min(count, End - _stream.Position);
        while (done < count)
        {
            int got = _stream.Read(_buffer, 0, (int)Math.Min(_buffer.Length, count - done));
            if (got == 0) break;
            Marshal.Copy(_buffer, 0, bytes + (nint)done, got);
            done += got;
        }
        return done;
    }, 0);

    private long Guarded(Func<long> call, long otherwise)
    {
        if (Error is not null) return otherwise;
        try
        {
            return call();
        }
#pragma warning disable CA1031 // the edge to native code: the exception is carried to the caller of the decoder
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Error = exception;
            return otherwise;
        }
    }
}
