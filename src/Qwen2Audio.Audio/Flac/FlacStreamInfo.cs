using System.Buffers.Binary;
using Qwen2Audio.Audio.Reading;
using Qwen2Audio.Audio.Wav;

namespace Qwen2Audio.Audio.Flac;

/// <summary>The checked STREAMINFO block.</summary>
/// <param name="MinBlock">Fewest samples in a frame other than the last.</param>
/// <param name="MaxBlock">Most samples in a frame, 16 to 65535.</param>
/// <param name="Rate">Hz.</param>
/// <param name="Channels">1 to 8.</param>
/// <param name="Bits">Bits per sample, 4 to 32.</param>
/// <param name="Total">Samples per channel; 0 when unknown.</param>
/// <param name="Digest">MD5 of the samples; all zero when unknown.</param>
internal sealed record FlacStreamInfo(int MinBlock, int MaxBlock, int Rate, int Channels, int Bits, long Total, byte[] Digest)
{
    private const int Bytes = 34;
    private const int MaxBlocks = 1024;

    public bool HasDigest => Digest.AsSpan().ContainsAnyExcept((byte)0);

    /// <summary>Reads the metadata up to the first frame.</summary>
    public static FlacStreamInfo Read(ByteSource source)
    {
        source.Skip(4);
        FlacStreamInfo? info = null;
        Span<byte> header = stackalloc byte[4];
        for (var block = 0; block < MaxBlocks; block++)
        {
            if (source.Read(header) < 4) throw source.Fault(AudioFault.Truncated, $"metadata block {block}", "the end of the file", "a block header of 4 bytes");
            var type = header[0] & 0x7F;
            var size = header[1] << 16 | header[2] << 8 | header[3];
            if (block == 0 != (type == 0))
                throw source.Damaged($"metadata block {block}", $"type {type}", block == 0 ? "type 0 (STREAMINFO)" : "STREAMINFO in block 0 only");
            if (type == 127) throw source.Damaged($"metadata block {block}", "type 127", "types 0 to 126");
            if (block == 0) info = ReadInfo(source, size);
            else if (source.Skip(size) < size)
                throw source.Fault(AudioFault.Truncated, $"metadata block {block}", "the end of the file", $"the {size} bytes that the block declares");
            if ((header[0] & 0x80) != 0) return info!;
        }

        throw source.Damaged("metadata", $"more than {MaxBlocks} blocks", $"at most {MaxBlocks} blocks");
    }

    private static FlacStreamInfo ReadInfo(ByteSource source, int size)
    {
        if (size != Bytes) throw source.Damaged("STREAMINFO: size", $"{size} bytes", $"{Bytes} bytes");
        Span<byte> bytes = stackalloc byte[Bytes];
        if (source.Read(bytes) < Bytes) throw source.Fault(AudioFault.Truncated, "STREAMINFO", "the end of the file", $"{Bytes} bytes");
        int minBlock = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        int maxBlock = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        var packed = BinaryPrimitives.ReadUInt64BigEndian(bytes[10..]);
        var rate = (int)(packed >> 44);
        var channels = (int)(packed >> 41 & 7) + 1;
        var bits = (int)(packed >> 36 & 31) + 1;
        var total = (long)(packed & 0xF_FFFF_FFFF);
        if (maxBlock < 16) throw source.Damaged("STREAMINFO: largest block", $"{maxBlock} samples", "16 to 65535 samples");
        if (rate is < WavFormat.MinRate or > WavFormat.MaxRate)
            throw source.Damaged("STREAMINFO: sample rate", $"{rate} Hz", $"{WavFormat.MinRate} to {WavFormat.MaxRate} Hz");
        if (bits < 4) throw source.Damaged("STREAMINFO: bits per sample", $"{bits}", "4 to 32");
        return new FlacStreamInfo(minBlock, maxBlock, rate, channels, bits, total, bytes[18..].ToArray());
    }
}
