namespace Qwen2Audio.Inference.Generation.Rules;

/// <summary>−∞ for some tokens while fewer than <paramref name="steps"/> tokens have been made.</summary>
internal sealed class SuppressionRule(int[] tokens, int steps) : ILogitsRule
{
    public void Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
    {
        if (ids.Length - promptLength >= steps) return;
        foreach (var token in tokens) logits[token] = float.NegativeInfinity;
    }
}
