namespace Qwen2Audio.Numerics.Tests.Norms;

/// <summary>The norms in double precision; the width is that of the gain.</summary>
internal static class NormReference
{
    public static double[] Rms(double[] x, double[] gain, double eps) => Rows(x, gain.Length, row =>
    {
        var scale = 1 / Math.Sqrt(row.Sum(v => v * v) / row.Length + eps);
        return [.. row.Select((v, i) => gain[i] * v * scale)];
    });

    public static double[] Layer(double[] x, double[] gain, double[] bias, double eps) =>
        Rows(x, gain.Length, row => [.. Normal(row, eps, out _).Select((v, i) => gain[i] * v + bias[i])]);

    public static (double[] X, double[] Gain) RmsGradient(double[] x, double[] gain, double[] upstream, double eps)
    {
        var (dx, dgain, w) = (new double[x.Length], new double[gain.Length], gain.Length);
        for (var start = 0; start < x.Length; start += w)
        {
            var row = x.AsSpan(start, w).ToArray();
            var scale = 1 / Math.Sqrt(row.Sum(v => v * v) / w + eps);
            var mean = row.Select((v, i) => upstream[start + i] * gain[i] * v * scale).Average();
            for (var i = 0; i < w; i++)
            {
                dx[start + i] = scale * (upstream[start + i] * gain[i] - row[i] * scale * mean);
                dgain[i] += upstream[start + i] * row[i] * scale;
            }
        }

        return (dx, dgain);
    }

    public static (double[] X, double[] Gain, double[] Bias) LayerGradient(double[] x, double[] gain, double[] upstream, double eps)
    {
        var (dx, dgain, dbias, w) = (new double[x.Length], new double[gain.Length], new double[gain.Length], gain.Length);
        for (var start = 0; start < x.Length; start += w)
        {
            var normal = Normal(x.AsSpan(start, w).ToArray(), eps, out var scale);
            var slopes = normal.Select((_, i) => upstream[start + i] * gain[i]).ToArray();
            var (mean, product) = (slopes.Average(), slopes.Zip(normal, (s, n) => s * n).Average());
            for (var i = 0; i < w; i++)
            {
                dx[start + i] = scale * (slopes[i] - mean - normal[i] * product);
                dgain[i] += upstream[start + i] * normal[i];
                dbias[i] += upstream[start + i];
            }
        }

        return (dx, dgain, dbias);
    }

    private static double[] Normal(double[] row, double eps, out double scale)
    {
        var mean = row.Average();
        var factor = 1 / Math.Sqrt(row.Sum(v => (v - mean) * (v - mean)) / row.Length + eps);
        scale = factor;
        return [.. row.Select(v => (v - mean) * factor)];
    }

    private static double[] Rows(double[] x, int width, Func<double[], double[]> f) =>
        [.. Enumerable.Range(0, x.Length / width).SelectMany(r => f(x.AsSpan(r * width, width).ToArray()))];
}
