using Qwen2Audio.Audio.Reading;
using Qwen2Audio.Audio.Wav;

namespace Qwen2Audio.Audio.Resampling;

/// <summary>Band-limited resampling by windowed sinc interpolation, without delay. Silence is assumed outside the samples.</summary>
public static class Resampler
{
    /// <summary>Lowest and highest rate in Hz.</summary>
    public const int MinRate = WavFormat.MinRate, MaxRate = WavFormat.MaxRate;

    /// <summary>Number of output samples: ceil(samples · toRate / fromRate).</summary>
    public static long OutputLength(long samples, int fromRate, int toRate) => (samples * toRate + fromRate - 1) / fromRate;

    /// <summary>Resamples one channel. Output sample 0 is at the time of input sample 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A rate is out of range.</exception>
    public static float[] Resample(ReadOnlySpan<float> samples, int fromRate, int toRate)
    {
        Require(fromRate, nameof(fromRate));
        Require(toRate, nameof(toRate));
        if (fromRate == toRate || samples.Length == 0) return samples.ToArray();
        var length = OutputLength(samples.Length, fromRate, toRate);
        if (length > Array.MaxLength) throw new ArgumentException($"{samples.Length} samples become {length}, more than an array can hold.");
        using var store = new SampleStore(length);
        var stream = new ResampleStream(fromRate, toRate, store.Add);
        stream.Add(samples);
        stream.Finish();
        return store.ToArray();
    }

    internal static void Require(int rate, string name)
    {
        if (rate is < MinRate or > MaxRate) throw new ArgumentOutOfRangeException(name, rate, $"Rates must be {MinRate} to {MaxRate} Hz.");
    }
}
