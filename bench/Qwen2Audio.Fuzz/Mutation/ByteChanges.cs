using System.Buffers.Binary;

namespace Qwen2Audio.Fuzz.Mutation;

/// <summary>Changes that suit any file: bits, runs of bytes, sizes, cuts and joins.</summary>
internal static class ByteChanges
{
    private static readonly long[] Sizes =
    [
        0, 1, 2, 3, 4, 7, 8, 15, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 0x7FFFFF, 0xFFFFFF, 0x1000000, int.MaxValue - 1L, int.MaxValue, 1L << 31, 0xFFFFFFFE, 0xFFFFFFFF, 1L << 32, 1L << 40, 1L << 62,
        long.MaxValue, long.MinValue, -1, -2,
    ];

    /// <summary>One change; <paramref name="other"/> is another good file.</summary>
    public static byte[] Change(Random random, byte[] bytes, byte[] other)
    {
        if (bytes.Length == 0) return other;
        // headers decide, and stand at the front
        var at = random.Next(random.Next(2) == 0 ? Math.Min(64, bytes.Length) : bytes.Length);
        var run = Math.Min(1 + random.Next(random.Next(4) == 0 ? 64 : 8), bytes.Length - at);
        switch (random.Next(10))
        {
            case 0: return With(bytes, at, [(byte)(bytes[at] ^ (1 << random.Next(8)))]);
            case 1: return With(bytes, at, [(byte)random.Next(256)]);
            case 2: return With(bytes, at, [(byte)(bytes[at] + (random.Next(2) == 0 ? 1 : -1))]);
            case 3: return [.. bytes[..at], .. bytes[(at + run)..]];
            case 4: return [.. bytes[..(at + run)], .. bytes[at..]];
            case 5: return [.. bytes[..at], .. Repeated((byte)(random.Next(3) switch { 0 => 0, 1 => 255, _ => random.Next(256) }), run), .. bytes[at..]];
            case 6: return bytes[..at];
            case 7: return [.. bytes[..at], .. other[random.Next(other.Length + 1)..]];
            case 8: return With(bytes, at, Size(random, bytes.Length, at));
            default:
                var from = random.Next(bytes.Length);
                return With(bytes, at, bytes.AsSpan(from, Math.Min(run, bytes.Length - from)));
        }
    }

    /// <summary>Text put in at a place.</summary>
    public static byte[] Insert(byte[] bytes, int at, string text) => [.. bytes[..at], .. Encoding.UTF8.GetBytes(text), .. bytes[at..]];

    private static byte[] With(byte[] bytes, int at, ReadOnlySpan<byte> part)
    {
        byte[] changed = [.. bytes];
        part[..Math.Min(part.Length, bytes.Length - at)].CopyTo(changed.AsSpan(at));
        return changed;
    }

    private static byte[] Repeated(byte value, int count) => [.. Enumerable.Repeat(value, count)];

    private static byte[] Size(Random random, int length, int at)
    {
        var value = random.Next(3) == 0 ? length - at + random.Next(-9, 9) : Sizes[random.Next(Sizes.Length)];
        var bytes = new byte[8];
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            return bytes[..(1 << random.Next(4))];
        }

        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes[^(1 << random.Next(4))..];
    }
}
