namespace Qwen2Audio.Formats.Files;

/// <summary>Passes writes on, refuses bytes beyond the declared length, and notifies disk watchers when half of the bytes are written.</summary>
internal sealed class CountedStream(FileStream inner, long length) : Stream
{
    private long _written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => length;

    public override long Position
    {
        get => _written;
        set => throw new NotSupportedException("The file is written in order.");
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > length - _written)
            throw new InvalidOperationException($"More than the declared {length} bytes were written.");
        var toHalf = length / 2 - _written;
        if (Disk.IsWatched && toHalf >= 0 && toHalf < buffer.Length)
        {
            inner.Write(buffer[..(int)toHalf]);
            Disk.Tell(DiskStep.HalfWritten, inner.Name);
            inner.Write(buffer[(int)toHalf..]);
        }
        else inner.Write(buffer);
        _written += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The file is written, not read.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("The file is written in order.");

    public override void SetLength(long value) => throw new NotSupportedException("The length is declared before.");
}
