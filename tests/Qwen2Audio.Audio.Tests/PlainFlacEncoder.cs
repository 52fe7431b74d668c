using System.Security.Cryptography;

namespace Qwen2Audio.Audio.Tests;

internal enum FlacKind
{
    Constant,
    Verbatim,
    Fixed,
    Linear,
}

internal enum FlacResidual
{
    Rice4,
    Rice5,
    Escape,
}

/// <summary>A plain FLAC encoder that writes what the caller specifies. Independent of the decoder under test.</summary>
internal sealed class PlainFlacEncoder
{
    public required int[][] Channels { get; init; }

    public int Rate { get; init; } = 16000;

    public int Bits { get; init; } = 16;

    public int Block { get; init; } = 4096;

    /// <summary>Sizes of blocks in turn; then the stream is written with variable block size.</summary>
    public int[]? Blocks { get; init; }

    public FlacKind Kind { get; init; } = FlacKind.Verbatim;

    public int Order { get; init; }

    public int Wasted { get; init; }

    public int PartitionOrder { get; init; }

    public FlacResidual Residual { get; init; }

    /// <summary>8 left and side, 9 side and right, 10 mid and side; otherwise independent.</summary>
    public int Assignment { get; init; }

    public bool TotalKnown { get; init; } = true;

    public bool DigestKnown { get; init; } = true;

    public byte[] Before { get; init; } = [];

    /// <summary>Where the frames start in the last file, and where each ends.</summary>
    public List<int> FrameEnds { get; } = [];

    /// <summary>Smooth samples with some noise, in the range of the bits.</summary>
    public static int[] Wave(int samples, int bits, int seed)
    {
        var random = new Random(seed);
        var top = Math.Pow(2, bits - 1);
        return [.. Enumerable.Range(0, samples).Select(i =>
            (int)Math.Clamp(Math.Round(top * (0.7 * Math.Sin(i * 0.05 + seed) + 0.02 * (random.NextDouble() - 0.5))), -top, top - 1))];
    }

    public byte[] ToArray()
    {
        var total = Channels[0].Length;
        var bits = new BitWriter();
        foreach (var value in Before) bits.Write(value, 8);
        foreach (var c in "fLaC") bits.Write(c, 8);
        bits.Write(0, 8);
        bits.Write(34, 24);
        var largest = Blocks?.Max() ?? Block;
        bits.Write(16, 16);
        bits.Write(largest, 16);
        bits.Write(0, 48);
        bits.Write(Rate, 20);
        bits.Write(Channels.Length - 1, 3);
        bits.Write(Bits - 1, 5);
        bits.Write(TotalKnown ? total : 0, 36);
        foreach (var value in DigestKnown ? Digest() : new byte[16]) bits.Write(value, 8);
        bits.Write(0x81, 8); // last: padding of 5 bytes
        bits.Write(5, 24);
        bits.Write(0, 40);
        FrameEnds.Add(bits.Bytes.Count);
        for (int start = 0, frame = 0; start < total; frame++)
        {
            var size = Math.Min(Blocks is null ? Block : Blocks[frame % Blocks.Length], total - start);
            WriteFrame(bits, start, size, Blocks is null ? frame : start);
            start += size;
            FrameEnds.Add(bits.Bytes.Count);
        }

        return [.. bits.Bytes];
    }

    private byte[] Digest()
    {
        var width = (Bits + 7) / 8;
        var bytes = new List<byte>();
        for (var i = 0; i < Channels[0].Length; i++)
            foreach (var channel in Channels)
                for (var b = 0; b < width; b++) bytes.Add((byte)((long)channel[i] >> (8 * b)));
#pragma warning disable CA5351 // what FLAC defines
        return MD5.HashData([.. bytes]);
#pragma warning restore CA5351
    }

    private void WriteFrame(BitWriter bits, int start, int size, int number)
    {
        var from = bits.Bytes.Count;
        bits.Write(Blocks is null ? 0xFFF8 : 0xFFF9, 16);
        bits.Write(7, 4); // 16 bits of block size follow
        bits.Write(0, 4);
        bits.Write(Assignment >= 8 ? Assignment : Channels.Length - 1, 4);
        bits.Write(Bits switch { 8 => 1, 12 => 2, 16 => 4, 20 => 5, 24 => 6, 32 => 7, _ => 0 }, 3);
        bits.Write(0, 1);
        foreach (var c in Utf8(number)) bits.Write(c, 8);
        bits.Write(size - 1, 16);
        bits.Write(Crc(bits.Bytes, from, 0x07, 8), 8);
        long[][] parts = [.. Channels.Select(c => c.Skip(start).Take(size).Select(v => (long)v).ToArray())];
        if (Assignment >= 8)
        {
            long[] side = [.. parts[0].Zip(parts[1], (l, r) => l - r)];
            long[] mid = [.. parts[0].Zip(parts[1], (l, r) => (l + r) >> 1)];
            parts = Assignment switch { 8 => [parts[0], side], 9 => [side, parts[1]], _ => [mid, side] };
        }

        for (var c = 0; c < parts.Length; c++)
        {
            var side = Assignment == 9 ? c == 0 : Assignment >= 8 && c == 1;
            FlacSubframeWriter.Write(this, bits, parts[c], Bits + (side ? 1 : 0));
        }

        bits.Align();
        bits.Write(Crc(bits.Bytes, from, 0x8005, 16), 16);
    }

    /// <summary>Bit by bit, by definition.</summary>
    public static int Crc(List<byte> bytes, int from, int polynomial, int width)
    {
        var crc = 0;
        for (var i = from; i < bytes.Count; i++)
            for (var bit = 7; bit >= 0; bit--)
            {
                var top = (crc >> (width - 1) & 1) ^ (bytes[i] >> bit & 1);
                crc = (crc << 1 ^ (top != 0 ? polynomial : 0)) & ((1 << width) - 1);
            }

        return crc;
    }

    private static string Utf8(int number) => number < 0x80 ? $"{(char)number}"
        : number < 0x800 ? $"{(char)(0xC0 | number >> 6)}{(char)(0x80 | number & 63)}"
        : $"{(char)(0xE0 | number >> 12)}{(char)(0x80 | number >> 6 & 63)}{(char)(0x80 | number & 63)}";
}

/// <summary>Most significant bit first.</summary>
internal sealed class BitWriter
{
    private int _free;

    public List<byte> Bytes { get; } = [];

    public void Write(long value, int count)
    {
        for (var i = count - 1; i >= 0; i--)
        {
            if (_free == 0)
            {
                Bytes.Add(0);
                _free = 8;
            }

            _free--;
            if ((value >> i & 1) != 0) Bytes[^1] |= (byte)(1 << _free);
        }
    }

    public void Align() => _free = 0;
}
