using Qwen2Audio.Inference;
using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Tasks.Ctc;

/// <summary>Arithmetic on natural logarithms of probabilities; the logarithm of 0 is −∞.</summary>
internal static class LogMath
{
    /// <summary>ln(eᵃ + eᵇ).</summary>
    public static double Add(double a, double b)
    {
        if (a < b) (a, b) = (b, a);
        return double.IsNegativeInfinity(b) ? a : a + Math.Log(1 + Math.Exp(b - a));
    }

    /// <summary>ln Σ eˣ; −∞ of nothing.</summary>
    public static double Sum(ReadOnlySpan<double> logs)
    {
        var largest = double.NegativeInfinity;
        foreach (var log in logs) largest = Math.Max(largest, log);
        if (double.IsInfinity(largest)) return largest;
        double sum = 0;
        foreach (var log in logs) sum += Math.Exp(log - largest);
        return double.IsNaN(sum) ? throw new NonFiniteOutputException("log probabilities") : largest + Math.Log(sum);
    }

    /// <summary>Probabilities in proportion to eˣ; they sum to 1 (equal shares when all are −∞).</summary>
    public static double[] Normalise(ReadOnlySpan<double> logs)
    {
        var total = Sum(logs);
        var probabilities = new double[logs.Length];
        for (var i = 0; i < logs.Length; i++)
            probabilities[i] = double.IsNegativeInfinity(total) ? 1.0 / logs.Length : Math.Exp(logs[i] - total);
        return probabilities;
    }

    /// <summary>Logits → log probabilities, in place.</summary>
    public static void LogSoftmax(Span<float> logits)
    {
        var total = (float)LogSum(logits);
        for (var i = 0; i < logits.Length; i++) logits[i] -= total;
    }

    /// <summary>ln Σ eˣ of one row of logits.</summary>
    public static double LogSum(ReadOnlySpan<float> logits)
    {
        var sum = LogSumExp.Of(logits);
        return double.IsFinite(sum) ? sum : throw new NonFiniteOutputException("logits");
    }
}
