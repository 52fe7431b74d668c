using System.Buffers.Binary;
using Qwen2Audio.Audio.Reading;

namespace Qwen2Audio.Audio.Wav;

/// <summary>A WAV file's validated fmt chunk.</summary>
/// <param name="Coding">How samples are stored.</param>
/// <param name="Bits">Bits per sample as stored: 8, 16, 24, 32 or 64.</param>
/// <param name="Channels">1 to <see cref="MaxChannels"/>.</param>
/// <param name="Rate">Hz.</param>
internal readonly record struct WavFormat(WavCoding Coding, int Bits, int Channels, int Rate)
{
    public const int MaxChannels = 64;
    public const int MinRate = 1000;
    public const int MaxRate = 768_000;

    private const int HeaderBytes = 1 << 16; // where the fmt chunk is looked for
    private const int ExtensibleBytes = 40; // of a fmt chunk with a sub-format
    private const int Extensible = 0xFFFE;
    private const int OtherSubFormat = -1;

    /// <summary>Bytes of one sample of every channel.</summary>
    public int BlockBytes => Channels * Bits / 8;

    public string Description => Coding switch
    {
        WavCoding.ALaw => "WAV, A-law (G.711)",
        WavCoding.MuLaw => "WAV, µ-law (G.711)",
        _ => $"WAV, {Bits}-bit {(Coding == WavCoding.Float ? "float" : "integer")}",
    };

    /// <summary>The name of a coding that is not decoded here; null when it is, or when the fmt chunk does not begin within <see cref="HeaderBytes"/>.</summary>
    /// <param name="source">A RIFF file, of which no more is read than the chunk's end: the rest of a live sound has not come yet.</param>
    public static string? OtherCoding(ByteSource source)
    {
        for (long at = 12; at + 24 <= HeaderBytes;)
        {
            var head = source.Peek((int)at + 24);
            if (head.Length < at + 24) return null;
            var size = BinaryPrimitives.ReadUInt32LittleEndian(head[((int)at + 4)..]);
            if (!head[(int)at..].StartsWith("fmt "u8))
            {
                at += 8L + size + (size & 1);
                continue;
            }

            var chunk = source.Peek((int)Math.Min(HeaderBytes, at + 8 + Math.Min(size, ExtensibleBytes)))[((int)at + 8)..];
            var code = Code(chunk);
            return size is < 16 or > WavReader.MaxFormatBytes || code == Extensible || Enum.IsDefined((WavCoding)code) ? null
                : code == OtherSubFormat ? $"sub-format {new Guid(chunk.Slice(24, 16))}" : $"{NameOf(code)} (format code 0x{code:X4})";
        }

        return null;
    }

    /// <summary>Reads the chunk's content.</summary>
    public static WavFormat Parse(ReadOnlySpan<byte> chunk, ByteSource source)
    {
        var code = Code(chunk);
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
        var rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
        int align = BinaryPrimitives.ReadUInt16LittleEndian(chunk[12..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
        if (BinaryPrimitives.ReadUInt16LittleEndian(chunk) == Extensible) CheckExtension(chunk, bits, source);
        if (!Enum.IsDefined((WavCoding)code))
            throw source.Fault(AudioFault.NotSupported, "fmt: format code", $"0x{code:X4} ({NameOf(code)})", "0x0001 (integer), 0x0003 (float), 0x0006 (A-law), 0x0007 (µ-law), 0xFFFE with one of these");
        var coding = (WavCoding)code;
        if (channels is < 1 or > MaxChannels) throw source.Damaged("fmt: channels", $"{channels}", $"1 to {MaxChannels}");
        if (rate is < MinRate or > MaxRate) throw source.Damaged("fmt: sample rate", $"{rate} Hz", $"{MinRate} to {MaxRate} Hz");
        var (allowed, right) = coding switch
        {
            WavCoding.Integer => ("8, 16, 24 or 32 for integers", bits is 8 or 16 or 24 or 32),
            WavCoding.Float => ("32 or 64 for float", bits is 32 or 64),
            _ => ("8 for G.711", bits == 8),
        };
        if (!right) throw source.Damaged("fmt: bits per sample", $"{bits}", allowed);
        if (align != channels * bits / 8)
            throw source.Damaged("fmt: block align", $"{align}", $"{channels * bits / 8} for {channels} channels of {bits} bits");
        return new WavFormat(coding, bits, channels, (int)rate);
    }

    /// <summary>The format code, or that of the sub-format if there is one.</summary>
    private static int Code(ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length < 2) return 0;
        int code = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
        if (code != Extensible || chunk.Length < ExtensibleBytes) return code;
        var guid = chunk.Slice(24, 16);
        return guid[2..].SequenceEqual<byte>([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]) ? BinaryPrimitives.ReadUInt16LittleEndian(guid) : OtherSubFormat;
    }

    private static void CheckExtension(ReadOnlySpan<byte> chunk, int bits, ByteSource source)
    {
        if (chunk.Length < ExtensibleBytes) throw source.Damaged("fmt: size", $"{chunk.Length} bytes", "at least 40 bytes for WAVE_FORMAT_EXTENSIBLE");
        int extra = BinaryPrimitives.ReadUInt16LittleEndian(chunk[16..]);
        if (extra < 22) throw source.Damaged("fmt: extension size", $"{extra} bytes", "at least 22 bytes for WAVE_FORMAT_EXTENSIBLE");
        int valid = BinaryPrimitives.ReadUInt16LittleEndian(chunk[18..]);
        if (valid > bits) throw source.Damaged("fmt: valid bits per sample", $"{valid}", $"at most the {bits} bits that are stored");
        if (Code(chunk) == OtherSubFormat)
            throw source.Fault(AudioFault.NotSupported, "fmt: sub-format", new Guid(chunk.Slice(24, 16)).ToString(), "the sub-formats integer, float, A-law and µ-law (xxxx0000-0000-0010-8000-00aa00389b71)");
    }

    private static string NameOf(int code) => code switch
    {
        0x0002 => "MS ADPCM",
        0x0011 => "IMA ADPCM",
        0x0010 => "OKI ADPCM",
        0x0031 => "GSM 6.10",
        0x0040 or 0x0045 or 0x0064 => "G.726 ADPCM",
        0x0050 => "MPEG layer 2",
        0x0055 => "MP3",
        0x00FF or 0x1610 => "AAC",
        0x0057 or 0x0058 => "AMR",
        0x0160 or 0x0161 or 0x0162 => "WMA",
        0xF1AC => "FLAC",
        _ => "an unknown coding",
    };
}

/// <summary>Codings of samples, by format code.</summary>
internal enum WavCoding
{
    /// <summary>Integers; 8-bit ones are unsigned.</summary>
    Integer = 1,

    /// <summary>IEEE float.</summary>
    Float = 3,

    /// <summary>G.711 A-law.</summary>
    ALaw = 6,

    /// <summary>G.711 µ-law.</summary>
    MuLaw = 7,
}
