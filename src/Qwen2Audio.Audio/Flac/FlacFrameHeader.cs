namespace Qwen2Audio.Audio.Flac;

/// <summary>The checked header of a FLAC frame.</summary>
/// <param name="Size">Samples per channel.</param>
/// <param name="Assignment">0 to 7: independent channels, one more than the value; 8: left and side; 9: side and right; 10: mid and side.</param>
/// <param name="Variable">Whether frames may differ in size; the number then counts samples.</param>
/// <param name="Number">Frames, or samples per channel, before this frame, as coded.</param>
internal readonly record struct FlacFrameHeader(int Size, int Assignment, bool Variable, long Number)
{
    /// <summary>Reads a header whose first 16 bits are known to be present.</summary>
    public static FlacFrameHeader Read(FlacBits bits, FlacStreamInfo info)
    {
        byte crc = 0;
        uint Next()
        {
            var value = bits.Read(8);
            crc = FlacChecksums.Crc8(crc, (byte)value);
            return value;
        }

        var sync = Next() << 8 | Next();
        if (sync >> 1 != 0x7FFC) throw new FlacDamageException("sync code", $"0x{sync:X4}", "0xFFF8 or 0xFFF9");
        var sizes = Next();
        var layout = Next();
        var number = ReadNumber(Next);
        var sizeCode = sizes >> 4;
        var size = sizeCode switch
        {
            0 => throw new FlacDamageException("block size code", "0 (reserved)", "1 to 15"),
            1 => 192,
            <= 5 => 576 << (int)(sizeCode - 2),
            6 => (int)Next() + 1,
            7 => (int)(Next() << 8 | Next()) + 1,
            _ => 256 << (int)(sizeCode - 8),
        };
        var rateCode = sizes & 15;
        var rate = rateCode switch
        {
            0 => info.Rate,
            1 => 88200,
            2 => 176400,
            3 => 192000,
            4 => 8000,
            5 => 16000,
            6 => 22050,
            7 => 24000,
            8 => 32000,
            9 => 44100,
            10 => 48000,
            11 => 96000,
            12 => (int)Next() * 1000,
            13 => (int)(Next() << 8 | Next()),
            14 => (int)(Next() << 8 | Next()) * 10,
            _ => throw new FlacDamageException("sample rate code", "15 (forbidden)", "0 to 14"),
        };
        var sampleBits = (layout >> 1 & 7) switch
        {
            0 => info.Bits,
            1 => 8,
            2 => 12,
            4 => 16,
            5 => 20,
            6 => 24,
            7 => 32,
            _ => throw new FlacDamageException("sample size code", "3 (reserved)", "0 to 2, 4 to 7"),
        };
        var expected = crc;
        var stored = bits.Read(8);
        if (stored != expected) throw new FlacDamageException("header checksum", $"0x{stored:X2}", $"0x{expected:X2} computed from the header");
        if ((layout & 1) != 0) throw new FlacDamageException("reserved bit", "1", "0");
        var assignment = (int)(layout >> 4);
        if (assignment > 10) throw new FlacDamageException("channel assignment", $"{assignment} (reserved)", "0 to 10");
        var channels = assignment < 8 ? assignment + 1 : 2;
        if (channels != info.Channels) throw new FlacDamageException("channels", $"{channels}", $"the stream's {info.Channels}");
        if (rate != info.Rate) throw new FlacDamageException("sample rate", $"{rate} Hz", $"the stream's {info.Rate} Hz");
        if (sampleBits != info.Bits) throw new FlacDamageException("bits per sample", $"{sampleBits}", $"the stream's {info.Bits}");
        if (size > info.MaxBlock) throw new FlacDamageException("block size", $"{size} samples", $"at most the stream's {info.MaxBlock}");
        return new FlacFrameHeader(size, assignment, (sync & 1) != 0, number);
    }

    /// <summary>The frame or sample number, coded like UTF-8, up to 36 bits.</summary>
    private static long ReadNumber(Func<uint> next)
    {
        var first = next();
        var more = first < 0x80 ? 0 : first switch
        {
            >= 0xC0 and < 0xE0 => 1,
            >= 0xE0 and < 0xF0 => 2,
            >= 0xF0 and < 0xF8 => 3,
            >= 0xF8 and < 0xFC => 4,
            >= 0xFC and < 0xFE => 5,
            0xFE => 6,
            _ => throw new FlacDamageException("frame number", $"first byte 0x{first:X2}", "a coded number"),
        };
        long number = more == 0 ? first : first & (0x3Fu >> more);
        for (; more > 0; more--)
        {
            var value = next();
            if (value >> 6 != 2) throw new FlacDamageException("frame number", $"following byte 0x{value:X2}", "0x80 to 0xBF");
            number = number << 6 | (value & 0x3F);
        }

        return number;
    }
}
