namespace Qwen2Audio.Inference;

/// <summary>log Σ e^x, the distance of logits from log probabilities.</summary>
internal static class LogSum
{
    /// <summary>Of logits, −∞ among them; NaN when one of them is NaN or +∞, or when all are −∞.</summary>
    public static double Of(ReadOnlySpan<float> logits)
    {
        var max = float.NegativeInfinity;
        foreach (var logit in logits) max = MathF.Max(max, logit);
        var sum = 0.0;
        foreach (var logit in logits) sum += MathF.Exp(logit - max);
        return max + Math.Log(sum);
    }
}
