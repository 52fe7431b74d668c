using System.Numerics;
using Qwen2Audio.Numerics.Memory;

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

    /// <summary>As <see cref="Of(ReadOnlySpan{float})"/>: log of the sum of numbers given by their logarithms.</summary>
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

    /// <summary>logs = factor · x − log Σ e^(factor · x).</summary>
    /// <param name="x">A row of logits.</param>
    /// <param name="factor">Above 0: one over the temperature.</param>
    /// <param name="logs">As long as <paramref name="x"/>, overwritten: the logarithms of softmax(factor · x).</param>
    public static void LogProbabilities(ReadOnlySpan<float> x, double factor, Span<double> logs)
    {
        Shapes.Length(logs.Length, x.Length, nameof(logs));
        var largest = Largest(x);
        for (var i = 0; i < x.Length; i++) logs[i] = factor * (x[i] - largest);
        var lanes = Vector<double>.Zero;
        var at = 0;
        for (; at <= logs.Length - Vector<double>.Count; at += Vector<double>.Count) lanes += Vector.Exp(new Vector<double>(logs[at..]));
        var sum = Vector.Sum(lanes);
        for (; at < logs.Length; at++) sum += Math.Exp(logs[at]);
        var log = Math.Log(sum);
        foreach (ref var value in logs) value -= log;
    }

    /// <summary>y = e^x.</summary>
    public static void Exponentials(ReadOnlySpan<double> x, Span<double> y)
    {
        Shapes.Length(y.Length, x.Length, nameof(y));
        var at = 0;
        for (; at <= x.Length - Vector<double>.Count; at += Vector<double>.Count) Vector.Exp(new Vector<double>(x[at..])).CopyTo(y[at..]);
        for (; at < x.Length; at++) y[at] = Math.Exp(x[at]);
    }

    private static double Largest(ReadOnlySpan<float> x)
    {
        var largest = float.NegativeInfinity;
        foreach (var value in x) largest = MathF.Max(largest, value);
        return largest;
    }
}
