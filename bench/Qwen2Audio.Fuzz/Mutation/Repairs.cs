using System.Buffers.Binary;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Tokens;

namespace Qwen2Audio.Fuzz.Mutation;

/// <summary>Puts the checksums of changed files right, since a reader stops at a wrong one and never comes to what stands behind it.</summary>
internal static class Repairs
{
    private const int TarBlock = 512;

    /// <summary>CRC-8 of each frame's header and CRC-16 of each frame; what looks like the beginning of a frame counts as one.</summary>
    public static byte[] Flac(byte[] file)
    {
        byte[] bytes = [.. file];
        var at = FirstFrame(bytes);
        while (at >= 0 && at + 6 < bytes.Length)
        {
            var header = HeaderLength(bytes.AsSpan(at));
            var end = NextFrame(bytes, at + header + 1);
            if (at + header + 3 > end) break;
            bytes[at + header] = (byte)Crc(bytes.AsSpan(at, header), 0x07, 8);
            var crc = Crc(bytes.AsSpan(at, end - 2 - at), 0x8005, 16);
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(end - 2), (ushort)crc);
            at = end < bytes.Length ? end : -1;
        }

        return bytes;
    }

    /// <summary>CRC-32 of each page.</summary>
    public static byte[] Ogg(byte[] file)
    {
        byte[] bytes = [.. file];
        for (var at = 0; at + 27 <= bytes.Length && bytes.AsSpan(at, 4).SequenceEqual("OggS"u8);)
        {
            var segments = bytes[at + 26];
            if (at + 27 + segments > bytes.Length) break;
            var length = 27 + segments;
            for (var i = 0; i < segments; i++) length += bytes[at + 27 + i];
            length = Math.Min(length, bytes.Length - at);
            bytes.AsSpan(at + 22, 4).Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at + 22), (uint)Crc(bytes.AsSpan(at, length), 0x04C11DB7, 32));
            at += length;
        }

        return bytes;
    }

    /// <summary>The checksum of each header.</summary>
    public static byte[] Tar(byte[] file)
    {
        byte[] bytes = [.. file];
        for (var at = 0; at + TarBlock <= bytes.Length; at += TarBlock)
        {
            var block = bytes.AsSpan(at, TarBlock);
            if (!block[257..262].SequenceEqual("ustar"u8)) continue;
            block[148..156].Fill((byte)' ');
            var sum = 0;
            foreach (var value in block) sum += value;
            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(block[148..]);
        }

        return bytes;
    }

    /// <summary>The checksums of a token file: header, blocks, end.</summary>
    public static byte[] Tokens(byte[] file)
    {
        byte[] bytes = [.. file];
        if (bytes.Length < TokenFormat.Lead) return bytes;
        var at = TokenFormat.Lead + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(TokenFormat.Lead - 2));
        if (at + 4 > bytes.Length) return bytes;
        var header = Crc32C.Of(bytes.AsSpan(0, at));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), header);
        var unit = TokenFormat.FrameUnit(bytes[TokenFormat.Magic.Length]);
        for (var (start, frames) = (at + 4, 0L); ;)
        {
            at = start;
            var (mark, length) = (Leb128(bytes, ref at), 0L);
            if (mark == 0) (_, _) = (Leb128(bytes, ref at), Leb128(bytes, ref at));
            else
            {
                at += (mark & TokenFormat.HasScale) != 0 ? 4 : 0;
                length = Leb128(bytes, ref at);
            }

            if (length < 0 || length > bytes.Length - at - 4) return bytes;
            at += (int)length;
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), TokenFormat.BlockChecksum(header, frames, bytes.AsSpan(start, at - start)));
            if (mark == 0) return bytes;
            (start, frames) = (at + 4, frames + mark / unit);
        }
    }

    private static long Leb128(byte[] bytes, ref int at)
    {
        long value = 0;
        for (var shift = 0; at < bytes.Length && shift < 63; shift += 7)
        {
            value |= (bytes[at] & 0x7FL) << shift;
            if (bytes[at++] < 0x80) break;
        }

        return value;
    }

    private static int FirstFrame(byte[] bytes)
    {
        if (!bytes.AsSpan().StartsWith("fLaC"u8)) return -1;
        for (var at = 4; at + 4 <= bytes.Length;)
        {
            var last = (bytes[at] & 0x80) != 0;
            at += 4 + (bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]);
            if (last) return at;
        }

        return -1;
    }

    private static int NextFrame(byte[] bytes, int from)
    {
        for (var at = from; at + 1 < bytes.Length; at++)
            if (bytes[at] == 0xFF && bytes[at + 1] is 0xF8 or 0xF9) return at;
        return bytes.Length;
    }

    private static int HeaderLength(ReadOnlySpan<byte> frame)
    {
        var number = frame[4] switch { < 0x80 => 1, < 0xE0 => 2, < 0xF0 => 3, < 0xF8 => 4, < 0xFC => 5, < 0xFE => 6, _ => 7 };
        var size = (frame[2] >> 4) switch { 6 => 1, 7 => 2, _ => 0 };
        var rate = (frame[2] & 15) switch { 12 => 1, 13 or 14 => 2, _ => 0 };
        return 4 + number + size + rate;
    }

    private static long Crc(ReadOnlySpan<byte> bytes, long polynomial, int width)
    {
        long crc = 0;
        var mask = (1L << width) - 1;
        foreach (var value in bytes)
        {
            crc ^= (long)value << (width - 8);
            for (var bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ ((crc >> (width - 1) & 1) != 0 ? polynomial : 0)) & mask;
        }

        return crc;
    }
}
