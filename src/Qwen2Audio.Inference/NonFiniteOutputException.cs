namespace Qwen2Audio.Inference;

/// <summary>A model produced NaN or infinite values: its weights are damaged or do not match its configuration.</summary>
public sealed class NonFiniteOutputException : Exception
{
    /// <summary>Names the values, such as "logits".</summary>
    public NonFiniteOutputException(string what)
        : base($"The model's {what} are not finite numbers: its weights are damaged or do not fit its configuration. --check-weights (ModelLoadOptions.CheckWeights) finds where.")
    {
    }

    /// <summary>Throws if a logit is NaN or +∞; −∞ marks tokens that are not allowed.</summary>
    internal static void ThrowIfAny(ReadOnlySpan<float> logits)
    {
        foreach (var logit in logits)
            if (float.IsNaN(logit) || float.IsPositiveInfinity(logit)) throw new NonFiniteOutputException("logits");
    }
}
