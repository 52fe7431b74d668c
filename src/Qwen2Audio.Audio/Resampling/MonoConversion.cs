using Qwen2Audio.Audio.Reading;

namespace Qwen2Audio.Audio.Resampling;

/// <summary>Averages channels, then resamples, piece by piece into a store. The result does not depend on the piece sizes.</summary>
internal sealed class MonoConversion(int fromRate, int channels, int toRate, SampleStore store)
{
    private const int Piece = 1 << 12;
    private readonly ResampleStream? _resample = fromRate == toRate ? null : new ResampleStream(fromRate, toRate, store);
    private readonly float[] _mono = new float[channels == 1 ? 0 : Piece];

    /// <summary>The warnings for what is done.</summary>
    public IEnumerable<AudioWarning> Warnings
    {
        get
        {
            if (channels > 1) yield return new AudioWarning(AudioWarningCode.DownMixed, $"{channels} channels are averaged into one.");
            if (fromRate != toRate) yield return new AudioWarning(AudioWarningCode.Resampled, $"Resampled from {fromRate} to {toRate} Hz.");
        }
    }

    /// <summary>Adds whole frames, interleaved.</summary>
    public void Add(ReadOnlySpan<float> samples)
    {
        if (channels == 1)
        {
            Pass(samples);
            return;
        }

        while (samples.Length > 0)
        {
            var frames = Math.Min(Piece, samples.Length / channels);
            for (var i = 0; i < frames; i++)
            {
                double sum = 0;
                foreach (var sample in samples.Slice(i * channels, channels)) sum += sample;
                _mono[i] = (float)(sum / channels);
            }

            Pass(_mono.AsSpan(0, frames));
            samples = samples[(frames * channels)..];
        }
    }

    /// <summary>Writes the remaining samples to the store.</summary>
    public void Finish() => _resample?.Finish();

    private void Pass(ReadOnlySpan<float> mono)
    {
        if (_resample is null) store.Add(mono);
        else _resample.Add(mono);
    }
}
