using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Tests;

/// <summary>A disk with little space: a write stores what fits and then fails.</summary>
internal sealed class LimitedSpaceStream(int room) : MemoryStream
{
    public int Room { get; set; } = room;

    public bool CanBeCut { get; set; } = true;

    public bool IsClosed { get; private set; }

    // the other overload comes here too
    public override void Write(byte[] buffer, int offset, int count)
    {
        var fits = (int)Math.Clamp(Room - Position, 0, count);
        base.Write(buffer, offset, fits);
        if (fits < count) throw new IOException("No space left on device", AtomicFile.FullDisk);
    }

    public override void SetLength(long value)
    {
        if (!CanBeCut) throw new IOException("Input/output error", 5);
        base.SetLength(value);
    }

    protected override void Dispose(bool disposing)
    {
        IsClosed = true;
        base.Dispose(disposing);
    }
}
