using System.Buffers.Binary;

namespace Qwen2Audio.Audio;

/// <summary>The checked content of a WAV file's fmt chunk.</summary>
/// <param name="Float">IEEE float, otherwise integers.</param>
/// <param name="Bits">Bits a sample as stored: 8, 16, 24, 32 or 64.</param>
/// <param name="Channels">1 to <see cref="MaxChannels"/>.</param>
/// <param name="Rate">Hz.</param>
internal readonly record struct WavFormat(bool Float, int Bits, int Channels, int Rate)
{
    public const int MaxChannels = 64;
    public const int MinRate = 1000;
    public const int MaxRate = 768_000;

    private const int Integer = 1;
    private const int IeeeFloat = 3;
    private const int Extensible = 0xFFFE;

    /// <summary>Bytes of one sample of every channel.</summary>
    public int BlockBytes => Channels * Bits / 8;

    public string Description => $"WAV, {Bits}-bit {(Float ? "float" : "integer")}";

    /// <summary>Reads the chunk's content.</summary>
    public static WavFormat Parse(ReadOnlySpan<byte> chunk, ByteSource source)
    {
        int code = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
        uint rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
        int align = BinaryPrimitives.ReadUInt16LittleEndian(chunk[12..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
        if (code == Extensible) code = ParseExtension(chunk, bits, source);
        if (code is not (Integer or IeeeFloat))
            throw source.Fault(AudioFault.NotSupported, "fmt: format code", $"0x{code:X4} ({NameOf(code)})", "0x0001 (integer), 0x0003 (float), 0xFFFE with one of them");
        if (channels is < 1 or > MaxChannels) throw source.Damaged("fmt: channels", $"{channels}", $"1 to {MaxChannels}");
        if (rate is < MinRate or > MaxRate) throw source.Damaged("fmt: sample rate", $"{rate} Hz", $"{MinRate} to {MaxRate} Hz");
        if (code == Integer && bits is not (8 or 16 or 24 or 32)) throw source.Damaged("fmt: bits per sample", $"{bits}", "8, 16, 24 or 32 for integers");
        if (code == IeeeFloat && bits is not (32 or 64)) throw source.Damaged("fmt: bits per sample", $"{bits}", "32 or 64 for float");
        if (align != channels * bits / 8)
            throw source.Damaged("fmt: block align", $"{align}", $"{channels * bits / 8} for {channels} channels of {bits} bits");
        return new WavFormat(code == IeeeFloat, bits, channels, (int)rate);
    }

    private static int ParseExtension(ReadOnlySpan<byte> chunk, int bits, ByteSource source)
    {
        if (chunk.Length < 40) throw source.Damaged("fmt: size", $"{chunk.Length} bytes", "at least 40 bytes for WAVE_FORMAT_EXTENSIBLE");
        int extra = BinaryPrimitives.ReadUInt16LittleEndian(chunk[16..]);
        if (extra < 22) throw source.Damaged("fmt: extension size", $"{extra} bytes", "at least 22 bytes for WAVE_FORMAT_EXTENSIBLE");
        int valid = BinaryPrimitives.ReadUInt16LittleEndian(chunk[18..]);
        if (valid > bits) throw source.Damaged("fmt: valid bits per sample", $"{valid}", $"at most the {bits} bits that are stored");
        ReadOnlySpan<byte> guid = chunk.Slice(24, 16);
        if (!guid[2..].SequenceEqual<byte>([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]))
            throw source.Fault(AudioFault.NotSupported, "fmt: sub-format", new Guid(guid).ToString(), "the sub-formats integer and float (xxxx0000-0000-0010-8000-00aa00389b71)");
        return BinaryPrimitives.ReadUInt16LittleEndian(guid);
    }

    private static string NameOf(int code) => code switch
    {
        0x0002 => "MS ADPCM",
        0x0006 => "A-law",
        0x0007 => "µ-law",
        0x0011 => "IMA ADPCM",
        0x0031 => "GSM 6.10",
        0x0050 => "MPEG layer 2",
        0x0055 => "MP3",
        0x00FF or 0x1610 => "AAC",
        0x0160 or 0x0161 or 0x0162 => "WMA",
        0xF1AC => "FLAC",
        _ => "unknown",
    };
}
