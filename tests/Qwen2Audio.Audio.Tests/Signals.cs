namespace Qwen2Audio.Audio.Tests;

/// <summary>Test signals and their comparison.</summary>
internal static class Signals
{
    /// <summary>fade(t) · Σ amplitude · sin(2π hz t + phase), the fade being infinitely smooth over <paramref name="fade"/> s at both ends.</summary>
    public static float[] Tones((double Hz, double Amplitude, double Phase)[] tones, int rate, int samples, double duration, double fade = 0.09)
    {
        var signal = new float[samples];
        for (var n = 0; n < samples; n++)
        {
            double t = (double)n / rate, sum = 0;
            foreach (var (hz, amplitude, phase) in tones) sum += amplitude * Math.Sin(2 * Math.PI * hz * t + phase);
            signal[n] = (float)(Smooth(t / fade) * Smooth((duration - t) / fade) * sum);
        }

        return signal;
    }

    /// <summary>Reproducible noise in ±<paramref name="peak"/>.</summary>
    public static float[] Noise(int samples, int seed, float peak = 0.5f)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, samples).Select(_ => (random.NextSingle() * 2 - 1) * peak)];
    }

    public static double Rms(ReadOnlySpan<float> x)
    {
        double sum = 0;
        foreach (var v in x) sum += (double)v * v;
        return Math.Sqrt(sum / x.Length);
    }

    /// <summary>20 log10(rms(found − expected) / scale) over the common part.</summary>
    public static double Decibels(ReadOnlySpan<float> found, ReadOnlySpan<float> expected, double scale)
    {
        var difference = new float[Math.Min(found.Length, expected.Length)];
        for (var i = 0; i < difference.Length; i++) difference[i] = found[i] - expected[i];
        return 20 * Math.Log10(Rms(difference) / scale);
    }

    private static double Smooth(double u) => u <= 0 ? 0 : u >= 1 ? 1 : 1 / (1 + Math.Exp(1 / u - 1 / (1 - u)));
}
