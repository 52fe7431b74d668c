using System.Buffers.Binary;
using System.IO.Compression;
using Qwen2Audio.Audio.Pictures;

namespace Qwen2Audio.Audio.Tests;

/// <summary>Images as PNG files.</summary>
public sealed class PngWriterTests
{
    private static readonly Colour[] Three = [new(0, 0, 0), new(200, 10, 20), new(255, 255, 255)];

    [Fact]
    public void A_file_has_the_chunks_of_the_standard()
    {
        var chunks = Chunks(PngWriter.Write(3, [0, 1, 2, 2, 1, 0], Three));
        Assert.Equal(["IHDR", "PLTE", "IDAT", "IEND"], chunks.Select(chunk => chunk.Type));
        Assert.Equal([0, 0, 0, 3, 0, 0, 0, 2, 8, 3, 0, 0, 0], chunks[0].Data);
        Assert.Equal([0, 0, 0, 200, 10, 20, 255, 255, 255], chunks[1].Data);
        using var rows = new MemoryStream();
        using (var stream = new ZLibStream(new MemoryStream(chunks[2].Data), CompressionMode.Decompress)) stream.CopyTo(rows);
        Assert.Equal([0, 0, 1, 2, 0, 2, 1, 0], rows.ToArray());
        Assert.Empty(chunks[3].Data);
    }

    [Fact]
    public void What_is_no_picture_is_refused()
    {
        Assert.Throws<ArgumentException>(() => PngWriter.Write(2, [0, 1, 2], Three));
        Assert.Throws<ArgumentException>(() => PngWriter.Write(1, [], Three));
        Assert.Throws<ArgumentException>(() => PngWriter.Write(0, [1], Three));
        Assert.Throws<ArgumentException>(() => PngWriter.Write(1, [3], Three));
        Assert.Throws<ArgumentException>(() => PngWriter.Write(1, [0], []));
    }

    private static List<(string Type, byte[] Data)> Chunks(byte[] file)
    {
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], file[..8]);
        var chunks = new List<(string, byte[])>();
        for (var at = 8; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            var crc = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + length));
            Assert.Equal(Crc(file.AsSpan(at + 4, 4 + length)), crc);
            chunks.Add((Encoding.ASCII.GetString(file, at + 4, 4), file[(at + 8)..(at + 8 + length)]));
            at += 12 + length;
        }

        return chunks;
    }

    /// <summary>The CRC-32 of bytes, as in gzip's trailer.</summary>
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        using var file = new MemoryStream();
        using (var stream = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true)) stream.Write(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(file.ToArray().AsSpan(^8));
    }
}
