using System.Runtime.InteropServices;

namespace Qwen2Audio.Audio.Compressed;

/// <summary>
/// Gives libsndfile a seekable stream, from its current position to the end of the audio. An exception of the stream must not pass through
/// native code: it is kept in <see cref="Error"/>, and the library sees the end of the file.
/// </summary>
internal sealed class SndFileInput
{
    private readonly Stream _stream;
    private readonly long _origin;
    private readonly long _end;
    private readonly (long At, byte[] Bytes)? _patch;
    private readonly byte[] _buffer = new byte[1 << 16];

    public SndFileInput(Stream stream, ContainerEnd end)
    {
        (_stream, _origin, _patch) = (stream, stream.Position, end.Patch);
        _end = end.AudioBytes is { } count ? _origin + count : long.MaxValue;
        Io = new SndFile.VirtualIo { Length = Length, Seek = Seek, Read = Read, Write = (_, _, _) => 0, Tell = Tell };
    }

    /// <summary>The callbacks; keep this object alive while the file is open.</summary>
    public SndFile.VirtualIo Io { get; }

    /// <summary>The first exception of the stream, or null.</summary>
    public Exception? Error { get; private set; }

    private long Length(nint user) => Guarded(() => End - _origin, 0);

    private long End => Math.Min(_end, _stream.Length);

    private long Tell(nint user) => Guarded(() => _stream.Position - _origin, 0);

    private long Seek(long offset, int origin, nint user) => Guarded(() =>
    {
        var start = origin switch { 0 => _origin, 1 => _stream.Position, _ => End };
        _stream.Position = Math.Clamp(start + offset, _origin, End);
        return _stream.Position - _origin;
    }, -1);

    private long Read(nint bytes, long count, nint user) => Guarded(() =>
    {
        long done = 0;
        count = Math.Min(count, End - _stream.Position);
        while (done < count)
        {
            var at = _stream.Position - _origin;
            var got = _stream.Read(_buffer, 0, (int)Math.Min(_buffer.Length, count - done));
            if (got == 0) break;
            Patch(at, _buffer.AsSpan(0, got));
            Marshal.Copy(_buffer, 0, bytes + (nint)done, got);
            done += got;
        }

        return done;
    }, 0);

    private void Patch(long at, Span<byte> bytes)
    {
        if (_patch is not { } patch) return;
        for (var i = 0; i < patch.Bytes.Length; i++)
            if (patch.At + i - at is >= 0 and var place && place < bytes.Length) bytes[(int)place] = patch.Bytes[i];
    }

    private long Guarded(Func<long> call, long otherwise)
    {
        if (Error is not null) return otherwise;
        try
        {
            return call();
        }
#pragma warning disable CA1031 // boundary to native code: the exception is passed to the caller of the decoder
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Error = exception;
            return otherwise;
        }
    }
}
