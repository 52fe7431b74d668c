namespace Qwen2Audio.Evaluation.Sound;

/// <summary>Signal-to-distortion ratio, in dB.</summary>
public static class SignalDistortion
{
    /// <summary>
    /// SI-SDR (1811.02508): with means removed and t = (y·x / x·x) x, 10 log10(|t|² / |y − t|²). Infinite when y is a multiple of x; NaN for
    /// a silent reference.
    /// </summary>
    /// <param name="reference">x.</param>
    /// <param name="degraded">y, of the same length.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double ScaleInvariant(ReadOnlySpan<float> reference, ReadOnlySpan<float> degraded)
    {
        if (reference.Length != degraded.Length)
            throw new ArgumentException($"{reference.Length} and {degraded.Length} samples cannot be compared.", nameof(degraded));
        double meanX = Mean(reference), meanY = Mean(degraded), dot = 0, size = 0;
        for (var i = 0; i < reference.Length; i++)
        {
            dot += (degraded[i] - meanY) * (reference[i] - meanX);
            size += (reference[i] - meanX) * (reference[i] - meanX);
        }

        double target = 0, rest = 0;
        for (var i = 0; i < reference.Length; i++)
        {
            var t = dot / size * (reference[i] - meanX);
            target += t * t;
            rest += (degraded[i] - meanY - t) * (degraded[i] - meanY - t);
        }

        return 10 * Math.Log10(target / rest);
    }

    private static double Mean(ReadOnlySpan<float> samples)
    {
        var sum = 0.0;
        foreach (var sample in samples) sum += sample;
        return sum / samples.Length;
    }
}
