using System.Buffers.Binary;

namespace Qwen2Audio.Formats.Tokens;

/// <summary>Reads the bytes of a stream, and keeps those of the current header or block for its checksum.</summary>
internal sealed class CheckedBytes(Stream stream, string file)
{
    private const int Piece = 1 << 12; // the buffer grows only as bytes arrive, whatever length is declared
    private const int MaxDigits = 9;
    private byte[] _bytes = new byte[Piece];

    /// <summary>The file's name.</summary>
    public string File => file;

    /// <summary>Position in the file where the current header or block begins.</summary>
    public long Start { get; private set; }

    /// <summary>Number of its bytes so far.</summary>
    public int Length { get; private set; }

    /// <summary>Its bytes so far, from byte <paramref name="first"/> on.</summary>
    public ReadOnlySpan<byte> Since(int first) => _bytes.AsSpan(first, Length - first);

    /// <summary>Starts the next block here.</summary>
    public void Begin() => (Start, Length) = (Start + Length, 0);

    /// <summary>Takes up to this number of bytes; returns how many there were.</summary>
    public int TakeUpTo(int count)
    {
        var taken = 0;
        while (taken < count)
        {
            var piece = Math.Min(Piece, count - taken);
            if (_bytes.Length < Length + piece) Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, Length + piece));
            var read = stream.ReadAtLeast(_bytes.AsSpan(Length, piece), piece, throwOnEndOfStream: false);
            Length += read;
            taken += read;
            if (read < piece) break;
        }

        return taken;
    }

    /// <summary>Takes this number of bytes.</summary>
    /// <exception cref="TokenFileException">The stream ends first.</exception>
    public void Take(int count, string place)
    {
        if (TakeUpTo(count) is var taken && taken < count)
            throw new TokenFileException(file, place, $"the end of the file at byte {Start + Length}", $"{count - taken} more bytes: it is truncated or damaged");
    }

    /// <summary>Takes a checksum.</summary>
    /// <exception cref="TokenFileException">The stream ends first.</exception>
    public uint TakeChecksum(string place)
    {
        Take(TokenFormat.ChecksumBytes, place);
        return BinaryPrimitives.ReadUInt32LittleEndian(Since(Length - TokenFormat.ChecksumBytes));
    }

    /// <summary>Takes a number in LEB128.</summary>
    /// <exception cref="TokenFileException">The stream ends first, or the number has more bytes than needed or more than 63 bits.</exception>
    public ulong Number(string place)
    {
        ulong value = 0;
        for (var i = 0; i < MaxDigits; i++)
        {
            Take(1, place);
            var digit = _bytes[Length - 1];
            value |= (digit & 0x7Ful) << (7 * i);
            if (digit >= 0x80) continue;
            if (digit == 0 && i > 0) break;
            return value;
        }

        throw new TokenFileException(file, place, "a number with more bytes than needed", $"at most {MaxDigits} bytes, the last one not 0");
    }
}
