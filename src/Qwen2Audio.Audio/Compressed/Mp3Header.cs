namespace Qwen2Audio.Audio.Compressed;

/// <summary>The header of an MPEG audio frame (ISO 11172-3, 13818-3): the frame's length in bytes and in samples.</summary>
internal readonly record struct Mp3Header(int Bytes, int Samples, int Kind)
{
    private static readonly int[] Rates = [44_100, 48_000, 32_000];

    // kbit/s: MPEG-1 layers I, II, III, MPEG-2 layer I, layers II and III
    private static readonly int[][] BitRates =
    [
        [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448], [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320], [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];

    /// <summary>
    /// The header at the start of the bytes. Null if there is none, or if the bit rate is free, since the frame length is then not stated.
    /// Frames of one stream have the same <see cref="Kind"/>: version, layer and sampling rate.
    /// </summary>
    public static Mp3Header? Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4 || bytes[0] != 0xFF || bytes[1] < 0xE0) return null;
        int version = (bytes[1] >> 3) & 3, layer = 4 - ((bytes[1] >> 1) & 3), bits = bytes[2] >> 4, rate = (bytes[2] >> 2) & 3;
        if (version == 1 || layer == 4 || bits is 0 or 15 || rate == 3) return null;
        var first = version == 3;
        var perSecond = Rates[rate] >> (first ? 0 : version == 2 ? 1 : 2);
        var bitRate = BitRates[first ? layer - 1 : layer == 1 ? 3 : 4][bits] * 1000;
        var padding = (bytes[2] >> 1) & 1;
        var samples = layer == 1 ? 384 : layer == 3 && !first ? 576 : 1152;
        var length = layer == 1 ? (12 * bitRate / perSecond + padding) * 4 : samples / 8 * bitRate / perSecond + padding;
        return new Mp3Header(length, samples, bytes[1] << 8 | rate);
    }
}
