using System.Buffers.Binary;

namespace Qwen2Audio.Audio.Compressed;

/// <summary>The chunk layout of a container; one of the chunks holds the samples.</summary>
/// <param name="Header">Bytes before the first chunk.</param>
/// <param name="IdBytes">Bytes of a chunk's name.</param>
/// <param name="SizeBytes">Bytes of its size field.</param>
/// <param name="BigEndian">Byte order of the size field.</param>
/// <param name="Samples">The name of the chunk with the samples.</param>
/// <param name="Prefix">Bytes in that chunk before the samples.</param>
/// <param name="Align">Chunks begin at multiples of this.</param>
/// <param name="CountsItself">Whether a chunk's size includes its name and size field.</param>
internal sealed record ChunkLayout(int Header, int IdBytes, int SizeBytes, bool BigEndian, string Samples, int Prefix = 0, int Align = 2, bool CountsItself = false)
{
    private static readonly ChunkLayout Riff = new(12, 4, 4, false, "data");
    private static readonly ChunkLayout Rifx = new(12, 4, 4, true, "data");
    private static readonly ChunkLayout Aiff = new(12, 4, 4, true, "SSND", Prefix: 8);
    private static readonly ChunkLayout Caf = new(8, 4, 8, true, "data", Prefix: 4, Align: 1);
    private static readonly ChunkLayout Wave64 = new(40, 16, 8, false, "data", Align: 8, CountsItself: true);

    /// <summary>Bytes before a chunk's content.</summary>
    public int ChunkHeader => IdBytes + SizeBytes;

    /// <summary>The layout of a file with these first bytes; null if it has no chunks.</summary>
    public static ChunkLayout? Of(ReadOnlySpan<byte> head) => head.StartsWith("RIFF"u8) ? Riff : head.StartsWith("RIFX"u8) ? Rifx
        : head.StartsWith("FORM"u8) ? Aiff : head.StartsWith("caff"u8) ? Caf : head.StartsWith("riff"u8) ? Wave64 : null;

    /// <summary>A chunk's name and declared content size; null if there is no complete header or the name is invalid.</summary>
    public (string Id, ulong Size, ulong Written)? Chunk(StreamWindow file, long at)
    {
        var header = file.At(at, ChunkHeader);
        if (header.Length < ChunkHeader) return null;
        foreach (var letter in header[..4])
            if (letter is < (byte)' ' or > (byte)'~') return null;
        var size = header[IdBytes..];
        var written = (SizeBytes, BigEndian) switch
        {
            (4, false) => BinaryPrimitives.ReadUInt32LittleEndian(size),
            (4, true) => BinaryPrimitives.ReadUInt32BigEndian(size),
            (_, false) => BinaryPrimitives.ReadUInt64LittleEndian(size),
            _ => BinaryPrimitives.ReadUInt64BigEndian(size),
        };
        var own = CountsItself ? (ulong)ChunkHeader : 0;
        return (Encoding.Latin1.GetString(header[..4]), written >= own ? written - own : 0, written);
    }

    /// <summary>Encodes a content size.</summary>
    public byte[] Write(long size)
    {
        var bytes = new byte[8];
        var value = (ulong)size + (CountsItself ? (ulong)ChunkHeader : 0);
        if (BigEndian) BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        else BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return BigEndian ? bytes[(8 - SizeBytes)..] : bytes[..SizeBytes];
    }

    /// <summary>The position of the next chunk, after one with the given content size.</summary>
    public long Next(long at, long size) => (at + ChunkHeader + size + Align - 1) / Align * Align;
}
