namespace Qwen2Audio.Audio;

/// <summary>Decodes the samples of a data chunk into a sink.</summary>
internal sealed class WavData(ByteSource source, AudioReadOptions options, WavFormat format, SampleSink sink, List<AudioWarning> warnings)
{
    private long _replaced;
    private float _peak;

    /// <summary>Reads the declared bytes, or up to the end when null; returns how many were there.</summary>
    public long Read(long? declared)
    {
        int block = format.BlockBytes;
        byte[] bytes = new byte[Math.Max(1, 65536 / block) * block];
        float[] samples = new float[bytes.Length / (format.Bits / 8)];
        long present = 0;
        while (declared is null || present < declared)
        {
            int wanted = (int)Math.Min(bytes.Length, (declared ?? long.MaxValue) - present);
            int got = source.Read(bytes.AsSpan(0, wanted));
            Span<float> decoded = samples.AsSpan(0, got / block * format.Channels);
            WavSamples.Decode(format, bytes, decoded);
            if (format.Float) CheckFloats(decoded);
            sink.Add(decoded);
            present += got;
            if (got < wanted || sink.Cut) break;
        }
        if (_replaced > 0)
            warnings.Add(new AudioWarning(AudioWarningCode.NonFiniteReplaced, $"{_replaced} samples that are no finite number are replaced by 0."));
        if (_peak > 1)
            warnings.Add(new AudioWarning(AudioWarningCode.OverFullScale, $"Samples exceed full scale; the largest magnitude is {_peak:g6}."));
        return present;
    }

    private void CheckFloats(Span<float> decoded)
    {
        for (int i = 0; i < decoded.Length; i++)
        {
            if (float.IsFinite(decoded[i]))
            {
                _peak = Math.Max(_peak, Math.Abs(decoded[i]));
                continue;
            }
            if (options.NonFinite == NonFinite.Refuse)
                throw source.Fault(AudioFault.NonFinite, $"sample {(sink.Count + i) / format.Channels} of channel {i % format.Channels}", $"{decoded[i]}",
                    "finite numbers");
            decoded[i] = 0;
            _replaced++;
        }
    }
}
