using System.Buffers.Binary;
using System.IO.Compression;

namespace Qwen2Audio.Audio.Pictures;

/// <summary>Writes PNG pictures (ISO/IEC 15948) with at most 256 colours.</summary>
internal static class PngWriter
{
    private const int Colours = 256;
    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(TableEntry)];

    /// <summary>A picture as the bytes of a file.</summary>
    /// <param name="width">Pixels per row.</param>
    /// <param name="pixels">Indices into the palette, row by row from the top.</param>
    /// <param name="palette">1 to 256 colours.</param>
    /// <exception cref="ArgumentException">The pixels are not whole rows, or a pixel or the palette is out of range.</exception>
    public static byte[] Write(int width, ReadOnlySpan<byte> pixels, IReadOnlyList<Colour> palette)
    {
        ArgumentNullException.ThrowIfNull(palette);
        if (width < 1 || pixels.IsEmpty || pixels.Length % width != 0) throw new ArgumentException($"{pixels.Length} pixels are not whole rows of {width}.", nameof(pixels));
        if (palette.Count is < 1 or > Colours) throw new ArgumentException($"{palette.Count} colours; allowed: 1 to {Colours}.", nameof(palette));
        foreach (var pixel in pixels)
            if (pixel >= palette.Count) throw new ArgumentException($"Pixel {pixel} of a palette of {palette.Count} colours.", nameof(pixels));
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], pixels.Length / width);
        (header[8], header[9]) = (8, 3); // bits per pixel, palette
        Chunk(file, "IHDR"u8, header);
        Chunk(file, "PLTE"u8, [.. palette.SelectMany(colour => (byte[])[colour.Red, colour.Green, colour.Blue])]);
        Chunk(file, "IDAT"u8, Compressed(width, pixels));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Compressed(int width, ReadOnlySpan<byte> pixels)
    {
        using var bytes = new MemoryStream();
        using (var stream = new ZLibStream(bytes, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (var start = 0; start < pixels.Length; start += width)
            {
                stream.WriteByte(0); // the row is not filtered
                stream.Write(pixels.Slice(start, width));
            }
        }

        return bytes.ToArray();
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        var crc = ~Crc(Crc(uint.MaxValue, type), data);
        BinaryPrimitives.WriteUInt32BigEndian(number, crc);
        file.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes) crc = CrcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        return crc;
    }

    private static uint TableEntry(int value)
    {
        var crc = (uint)value;
        for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        return crc;
    }
}
