using System.Numerics;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Tokens;

/// <summary>Constants and limits of token files; docs/token-format.md describes the format.</summary>
internal static class TokenFormat
{
    /// <summary>The version that is written. Blocks of version 1 cannot be plain; otherwise it is the same.</summary>
    public const int Version = 2;

    /// <summary>The oldest version that is read.</summary>
    public const int OldestVersion = 1;

    /// <summary>The frequencies of a codebook's entries add up to 2 to the power of this.</summary>
    public const int FrequencyBits = 24;

    /// <summary>Sum of the frequencies of a codebook's entries.</summary>
    public const uint FrequencySum = 1u << FrequencyBits;

    public const int MaxEntries = 1 << 16;

    public const int MaxCodebooks = 255;

    public const int MaxChannels = 255;

    public const int MaxSamplingRate = 10_000_000;

    public const int MaxSamplesPerFrame = 1 << 24;

    /// <summary>Maximum codes in a block, which limits the memory of readers.</summary>
    public const int MaxBlockCodes = 1 << 17;

    /// <summary>Codes per block unless the caller ends blocks.</summary>
    public const int DefaultBlockCodes = 1 << 11;

    /// <summary>Maximum characters of a model's name.</summary>
    public const int MaxNameLength = 255;

    /// <summary>Bytes before the header's fields: magic number, version, length of the fields.</summary>
    public const int Lead = 12;

    /// <summary>Bytes of a checksum.</summary>
    public const int ChecksumBytes = 4;

    /// <summary>First bytes of a file. Like those of PNG, they reveal a conversion of line ends or the loss of the top bit.</summary>
    public static ReadOnlySpan<byte> Magic => [0x89, (byte)'Q', (byte)'A', (byte)'T', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The number of frames with which a block begins is multiplied by this; what is added are flags.</summary>
    public static int FrameUnit(int version) => version == 1 ? 2 : 4;

    /// <summary>Flag of a block that has a scale.</summary>
    public const int HasScale = 1;

    /// <summary>Flag of a block whose codes are stored with equal probabilities.</summary>
    public const int IsPlain = 2;

    /// <summary>Maximum coded bytes of a block with this number of codes.</summary>
    public static int MaxBytes(int codes) => codes * FrequencyBits / 8 + 1;

    /// <summary>The checksum of a block. It covers the header's checksum and the number of the first frame, so that a block is valid only in its own file and place.</summary>
    public static uint BlockChecksum(uint header, long firstFrame, ReadOnlySpan<byte> block)
    {
        var crc = BitOperations.Crc32C(BitOperations.Crc32C(uint.MaxValue, header), (ulong)firstFrame);
        return ~Crc32C.Continue(crc, block);
    }
}
