using Qwen2Audio.Inference;
using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Tasks.Ctc;

/// <summary>Arithmetic with log probabilities; ln 0 is −∞.</summary>
internal static class LogMath
{
    /// <summary>ln Σ eˣ; −∞ for an empty sum.</summary>
    public static double Sum(ReadOnlySpan<double> logs)
    {
        var sum = LogSumExp.Of(logs);
        return double.IsNaN(sum) ? throw new NonFiniteOutputException("log probabilities") : sum;
    }

    /// <summary>Probabilities proportional to eˣ, summing to 1; uniform when all are −∞.</summary>
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
        var sum = LogSumExp.Of(logits);
        if (!double.IsFinite(sum)) throw new NonFiniteOutputException("logits");
        var total = (float)sum;
        for (var i = 0; i < logits.Length; i++) logits[i] -= total;
    }
}
