using System.Numerics;

namespace Qwen2Audio.Audio.Flac;

/// <summary>Turns warm-up samples and residuals into samples, in place.</summary>
internal static class FlacPrediction
{
    private static readonly int[][] Fixed = [[], [1], [-1, 2], [1, -3, 3], [-1, 4, -6, 4]];

    /// <summary>The fixed predictors as coefficients, oldest sample first.</summary>
    public static ReadOnlySpan<int> FixedCoefficients(int order) => Fixed[order];

    /// <summary>Fixed predictors of order 0 to 4. Sums wrap, which still gives the correct 32-bit result.</summary>
    public static void RestoreFixed(Span<int> x, int order)
    {
        switch (order)
        {
            case 1:
                for (var i = 1; i < x.Length; i++) x[i] += x[i - 1];
                break;
            case 2:
                for (var i = 2; i < x.Length; i++) x[i] += 2 * x[i - 1] - x[i - 2];
                break;
            case 3:
                for (var i = 3; i < x.Length; i++) x[i] += 3 * (x[i - 1] - x[i - 2]) + x[i - 3];
                break;
            case 4:
                for (var i = 4; i < x.Length; i++) x[i] += 4 * (x[i - 1] + x[i - 3]) - 6 * x[i - 2] - x[i - 4];
                break;
        }
    }

    /// <summary>Linear prediction, in 32 bits if the sums fit.</summary>
    /// <param name="x">Warm-up samples, then residuals.</param>
    /// <param name="coefficients">Oldest sample first.</param>
    /// <param name="shift">Right shift of the sum.</param>
    /// <param name="width">Bits of a sample.</param>
    /// <param name="precision">Bits of a coefficient.</param>
    public static void Restore(Span<int> x, ReadOnlySpan<int> coefficients, int shift, int width, int precision)
    {
        if (width + precision + BitOperations.Log2((uint)coefficients.Length) + 1 <= 33) RestoreNarrow(x, coefficients, shift);
        else
        {
            for (var i = coefficients.Length; i < x.Length; i++)
            {
                ReadOnlySpan<int> past = x.Slice(i - coefficients.Length, coefficients.Length);
                long sum = 0;
                for (var j = 0; j < past.Length; j++) sum += (long)coefficients[j] * past[j];
                x[i] += (int)(sum >> shift);
            }
        }
    }

    /// <summary>Prediction of samples of 33 bits.</summary>
    public static void RestoreWide(Span<long> x, ReadOnlySpan<int> residual, ReadOnlySpan<int> coefficients, int shift)
    {
        for (var i = coefficients.Length; i < x.Length; i++)
        {
            ReadOnlySpan<long> past = x.Slice(i - coefficients.Length, coefficients.Length);
            long sum = 0;
            for (var j = 0; j < past.Length; j++) sum += coefficients[j] * past[j];
            x[i] = residual[i] + (sum >> shift);
        }
    }

    private static void RestoreNarrow(Span<int> x, ReadOnlySpan<int> coefficients, int shift)
    {
        var order = coefficients.Length;
        for (var i = order; i < x.Length; i++)
        {
            ReadOnlySpan<int> past = x.Slice(i - order, order);
            int even = 0, odd = 0, j = 0;
            for (; j + 3 < past.Length; j += 4)
            {
                even += coefficients[j] * past[j] + coefficients[j + 2] * past[j + 2];
                odd += coefficients[j + 1] * past[j + 1] + coefficients[j + 3] * past[j + 3];
            }

            for (; j < past.Length; j++) even += coefficients[j] * past[j];
            x[i] += (even + odd) >> shift;
        }
    }
}
