namespace Qwen2Audio.Audio;

/// <summary>
/// The level of a codec's input: the mean is removed, and the root mean square of the active frames (20 ms frames within 30 dB of the
/// loudest) is scaled to 0.06, or less so that no peak exceeds 0.95.
/// </summary>
public static class ActiveLevel
{
    private const double Level = 0.06;
    private const double Peak = 0.95;
    private const double Range = 1e-3; // 30 dB
    private const double FrameSeconds = 0.02;
    private const double Sound = 1e-2; // 20 dB

    /// <summary>Scales the samples of one channel to that level, in place; silence is unchanged.</summary>
    /// <param name="samples">The samples of a whole recording.</param>
    /// <param name="sampleRate">In Hz.</param>
    /// <returns>The mean that was subtracted, and the factor applied afterwards.</returns>
    public static (double Mean, double Gain) Normalise(Span<float> samples, int sampleRate)
    {
        var (mean, gain) = Measure(samples, sampleRate);
        foreach (ref var sample in samples) sample = (float)((gain ?? 1) * (sample - mean));
        return (mean, gain ?? 1);
    }

    /// <summary>The mean of samples of one channel, and the factor that brings the rest to that level; null for silence.</summary>
    public static (double Mean, double? Gain) Measure(ReadOnlySpan<float> samples, int sampleRate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleRate, 1);
        var (mean, powers, peak) = Powers(samples, Math.Max(1, (int)(FrameSeconds * sampleRate)));
        return (mean, peak > 0 ? Math.Min(Level / Math.Sqrt(ActivePower(powers)), Peak / peak) : null);
    }

    /// <summary>Which frames of a recording have sound: those whose power is less than 20 dB below the mean of the active ones.</summary>
    /// <param name="samples">One channel, the whole recording.</param>
    /// <param name="frame">Samples of a frame; the last one may have fewer.</param>
    public static bool[] FramesWithSound(ReadOnlySpan<float> samples, int frame)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frame, 1);
        var (_, powers, _) = Powers(samples, frame);
        var least = Sound * ActivePower(powers);
        return [.. powers.Select(power => power > least)];
    }

    private static (double Mean, double[] Powers, double Peak) Powers(ReadOnlySpan<float> samples, int frame)
    {
        var (mean, peak) = (0.0, 0.0);
        foreach (var sample in samples) mean += sample;
        mean /= Math.Max(1, samples.Length);
        var powers = new double[(samples.Length + frame - 1) / frame];
        for (var f = 0; f < powers.Length; f++)
        {
            var part = samples.Slice(f * frame, Math.Min(frame, samples.Length - f * frame));
            foreach (var sample in part)
            {
                var value = sample - mean;
                powers[f] += value * value / part.Length;
                peak = Math.Max(peak, Math.Abs(value));
            }
        }

        return (mean, powers, peak);
    }

    private static double ActivePower(double[] powers)
    {
        var least = Range * powers.DefaultIfEmpty().Max();
        return powers.Where(power => power >= least).DefaultIfEmpty().Average();
    }
}
