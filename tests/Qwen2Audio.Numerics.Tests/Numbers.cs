namespace Qwen2Audio.Numerics.Tests;

/// <summary>Double-precision reference values.</summary>
internal static class Numbers
{
    public static double[] Of(Matrix matrix)
    {
        var numbers = new double[matrix.Length];
        for (var row = 0; row < matrix.Rows; row++)
            for (var i = 0; i < matrix.Columns; i++) numbers[row * matrix.Columns + i] = matrix.Row(row)[i];
        return numbers;
    }

    /// <summary>Asserts that ‖found − expected‖ ≤ tolerance · ‖expected‖, and exact zeros where all is 0.</summary>
    public static void Near(double[] expected, Matrix found, double tolerance, string what = "result")
    {
        var numbers = Of(found);
        Assert.Equal(expected.Length, numbers.Length);
        var scale = expected.Max(Math.Abs);
        if (scale == 0) scale = 1;
        var (difference, norm) = (0.0, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(double.IsFinite(numbers[i]), $"{what}: {numbers[i]} at {i}, {expected[i]} expected");
            difference += Math.Pow((numbers[i] - expected[i]) / scale, 2);
            norm += Math.Pow(expected[i] / scale, 2);
        }

        Assert.True(Math.Sqrt(difference) <= tolerance * Math.Sqrt(norm), $"{what}: relative error {Math.Sqrt(difference / norm)}");
    }

    /// <summary>Asserts the same bits everywhere.</summary>
    public static void Same(Matrix expected, Matrix found, string what)
    {
        for (var row = 0; row < expected.Rows; row++)
        {
            for (var i = 0; i < expected.Columns; i++)
            {
                var (a, b) = (BitConverter.SingleToInt32Bits(expected.Row(row)[i]), BitConverter.SingleToInt32Bits(found.Row(row)[i]));
                Assert.True(a == b, $"{what}: {found.Row(row)[i]:R} at [{row}, {i}], {expected.Row(row)[i]:R} expected");
            }
        }
    }

    /// <summary>Central differences of Σ upstream · f(x).</summary>
    public static double[] Gradient(double[] x, double[] upstream, Func<double[], double[]> f, double step = 1e-4)
    {
        var gradient = new double[x.Length];
        for (var i = 0; i < x.Length; i++)
        {
            var (before, h) = (x[i], step * Math.Max(1, Math.Abs(x[i])));
            x[i] = before + h;
            var above = f(x);
            x[i] = before - h;
            var below = f(x);
            x[i] = before;
            for (var k = 0; k < upstream.Length; k++) gradient[i] += upstream[k] * (above[k] - below[k]);
            gradient[i] /= 2 * h;
        }

        return gradient;
    }
}
