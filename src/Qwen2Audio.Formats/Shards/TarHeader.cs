namespace Qwen2Audio.Formats.Shards;

/// <summary>A header in a tar file, in ustar, GNU or old format.</summary>
/// <param name="Name">Path within the archive.</param>
/// <param name="Length">Bytes of data that follow the header.</param>
/// <param name="Type">Type of entry; '0' is a file.</param>
internal readonly record struct TarHeader(string Name, long Length, char Type)
{
    /// <summary>Bytes per block; headers and data begin at block boundaries.</summary>
    public const int Block = 512;

    private const int SumAt = 148, SumEnd = 156;

    /// <summary>An ordinary file.</summary>
    public bool IsFile => Type is '0' or '\0' or '7';

    /// <summary>Whether a block is all zeros, which marks the end of an archive.</summary>
    public static bool IsEnd(ReadOnlySpan<byte> block) => !block.ContainsAnyExcept((byte)0);

    /// <summary>The position of the next header, after data.</summary>
    public static long Next(long data, long length) => data + ((length + Block - 1) / Block * Block);

    /// <summary>Reads a header; if there is none, <paramref name="problem"/> says why.</summary>
    public static bool TryRead(ReadOnlySpan<byte> block, out TarHeader header, out string problem)
    {
        header = default;
        long sum = 0;
        for (var i = 0; i < Block; i++) sum += i is >= SumAt and < SumEnd ? ' ' : block[i];
        if (!TryNumber(block[SumAt..SumEnd], out var stored) || stored != sum)
        {
            problem = "no tar header (its checksum does not match)";
            return false;
        }

        if (!TryNumber(block[124..136], out var length))
        {
            problem = "a size that is not a number";
            return false;
        }

        var name = Text(block[..100]);
        if (block[257..263].SequenceEqual("ustar\0"u8) && Text(block[345..500]) is { Length: > 0 } folder) name = $"{folder}/{name}";
        (header, problem) = (new TarHeader(name, length, (char)block[156]), "");
        return true;
    }

    /// <summary>Text up to the first NUL.</summary>
    public static string Text(ReadOnlySpan<byte> field) =>
        Encoding.UTF8.GetString(field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field);

    // octal digits or, for larger numbers, binary with the top bit set
    private static bool TryNumber(ReadOnlySpan<byte> field, out long number)
    {
        number = 0;
        if (field[0] == 0x80)
        {
            foreach (var value in field[1..])
            {
                if (number > long.MaxValue >> 9) return false;
                number = (number << 8) | value;
            }

            return true;
        }

        var digits = Text(field).Trim();
        foreach (var c in digits)
        {
            if (c is < '0' or > '7') return false;
            number = (number << 3) | (uint)(c - '0');
        }

        return digits.Length > 0;
    }
}
