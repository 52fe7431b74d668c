namespace Qwen2Audio.Audio.Tests;

/// <summary>A stream that cannot seek, like a network connection, given by a function from position to byte (null: the end).</summary>
internal sealed class ForwardStream(Func<long, byte?> at, int most = int.MaxValue) : Stream
{
    public long Taken { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The bytes of an array, at most <paramref name="most"/> per read.</summary>
    public static ForwardStream Of(byte[] bytes, int most = int.MaxValue) => new(i => i < bytes.Length ? bytes[i] : null, most);

    /// <summary>Throws at a position.</summary>
    public static ForwardStream Broken(byte[] bytes, long breaksAt) =>
        new(i => i == breaksAt ? throw new IOException("the line is lost") : i < bytes.Length ? bytes[i] : null);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var done = 0;
        for (; done < Math.Min(buffer.Length, most) && at(Taken) is { } value; done++, Taken++) buffer[done] = value;
        return done;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>Short calls.</summary>
internal static class Reading
{
    public static AudioClip Read(byte[] bytes, AudioReadOptions? options = null) => AudioFile.Read(new MemoryStream(bytes), options);

    public static AudioFormatException Refused(byte[] bytes, AudioFault fault, AudioReadOptions? options = null)
    {
        var error = Assert.Throws<AudioFormatException>(() => Read(bytes, options));
        Assert.Equal(fault, error.Fault);
        Assert.All([error.File, error.Place, error.Found, error.Allowed], part => Assert.NotEmpty(part));
        Assert.All([error.File, error.Place, error.Found, error.Allowed], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        return error;
    }

    public static AudioWarningCode[] Codes(this AudioClip clip) => [.. clip.Warnings.Select(w => w.Code)];
}
