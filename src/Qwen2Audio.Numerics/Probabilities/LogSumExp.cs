namespace Qwen2Audio.Numerics.Probabilities;

/// <summary>log Σ e^x and related functions, in double precision; the row's maximum is subtracted first.</summary>
public static class LogSumExp
{
    /// <summary>log Σ e^x; −∞ when all are, +∞ when one of them is, NaN when one of them is NaN.</summary>
    public static double Of(ReadOnlySpan<float> x)
    {
        var largest = Largest(x);
        if (double.IsInfinity(largest)) return largest;
        var sum = 0.0;
        foreach (var value in x) sum += Math.Exp(value - largest);
        return largest + Math.Log(sum);
    }

    /// <summary>As <see cref="Of(ReadOnlySpan{float})"/>: log of the sum of values given by their logarithms.</summary>
    public static double Of(ReadOnlySpan<double> logs)
    {
        var largest = double.NegativeInfinity;
        foreach (var log in logs) largest = Math.Max(largest, log);
        if (double.IsInfinity(largest)) return largest;
        var sum = 0.0;
        foreach (var log in logs) sum += Math.Exp(log - largest);
        return largest + Math.Log(sum);
    }

    /// <summary>log(eᵃ + eᵇ); the logarithm of 0 is −∞.</summary>
    public static double Of(double a, double b)
    {
        if (a < b) (a, b) = (b, a);
        return double.IsNegativeInfinity(b) ? a : a + Math.Log(1 + Math.Exp(b - a));
    }

    private static double Largest(ReadOnlySpan<float> x)
    {
        var largest = float.NegativeInfinity;
        foreach (var value in x) largest = MathF.Max(largest, value);
        return largest;
    }
}
