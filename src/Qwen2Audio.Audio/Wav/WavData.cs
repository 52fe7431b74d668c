using Qwen2Audio.Audio.Reading;

namespace Qwen2Audio.Audio.Wav;

/// <summary>Decodes the samples of a data chunk into a sink.</summary>
internal sealed class WavData(ByteSource source, AudioReadOptions options, WavFormat format, SampleSink sink, List<AudioWarning> warnings)
{
    private readonly SampleCheck _check = new(source, options, format.Channels);

    /// <summary>Reads the declared number of bytes, or up to the end when null; returns the number read.</summary>
    public long Read(long? declared)
    {
        var block = format.BlockBytes;
        var bytes = new byte[Math.Max(1, 65536 / block) * block];
        var samples = new float[bytes.Length / (format.Bits / 8)];
        long present = 0;
        while (declared is null || present < declared)
        {
            var wanted = (int)Math.Min(bytes.Length, (declared ?? long.MaxValue) - present);
            var got = source.ReadBlocks(bytes.AsSpan(0, wanted), block);
            var decoded = samples.AsSpan(0, got / block * format.Channels);
            WavSamples.Decode(format, bytes, decoded);
            if (format.Coding == WavCoding.Float) _check.Check(decoded, sink.Count);
            sink.Add(decoded);
            present += got;
            if (got == 0 || got % block != 0 || sink.IsTruncated) break;
        }

        _check.Report(warnings, peak: true);
        return present;
    }
}
