namespace Qwen2Audio.Evaluation.Sound;

/// <summary>
/// The resampling that the definition of STOI uses: a Kaiser window of 60 dB, zeros outside the signal, no delay. Other code resamples
/// audio with a longer filter.
/// </summary>
internal static class RationalResampling
{
    private const double Rejection = 60;

    /// <summary>⌈samples · to / from⌉ samples.</summary>
    public static double[] Convert(ReadOnlySpan<float> samples, int from, int to)
    {
        var result = new double[(int)(((long)samples.Length * to + from - 1) / from)];
        if (from == to)
        {
            for (var i = 0; i < result.Length; i++) result[i] = samples[i];
            return result;
        }

        var divisor = (int)System.Numerics.BigInteger.GreatestCommonDivisor(from, to);
        var (up, down) = (to / divisor, from / divisor);
        var filter = Filter(up, down);
        var half = filter.Length / 2;
        for (var m = 0; m < result.Length; m++)
        {
            var centre = (long)m * down; // in samples of the rate that both divide
            var first = Math.Max(0, (centre - half + up - 1) / up);
            var last = Math.Min(samples.Length - 1, (centre + half) / up);
            for (var n = first; n <= last; n++) result[m] += samples[(int)n] * filter[centre - n * up + half];
        }

        return result;
    }

    private static double[] Filter(int up, int down)
    {
        var cutoff = 1.0 / (2 * Math.Max(up, down));
        var half = (int)Math.Ceiling((Rejection - 8) / (28.714 * cutoff / 10));
        var beta = 0.1102 * (Rejection - 8.7);
        var filter = new double[2 * half + 1];
        for (var i = 0; i < filter.Length; i++)
        {
            var t = i - half;
            var angle = 2 * Math.PI * cutoff * t;
            filter[i] = (t == 0 ? 1 : Math.Sin(angle) / angle) * Bessel(beta * Math.Sqrt(1 - Math.Pow((double)t / half, 2))) / Bessel(beta);
        }

        var scale = up / filter.Sum();
        for (var i = 0; i < filter.Length; i++) filter[i] *= scale;
        return filter;
    }

    /// <summary>The modified Bessel function of order 0.</summary>
    private static double Bessel(double x)
    {
        double sum = 1, term = 1;
        for (var k = 1; term > 1e-17 * sum; k++) sum += term *= x * x / (4.0 * k * k);
        return sum;
    }
}
