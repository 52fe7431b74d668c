namespace Qwen2Audio.Inference.Generation.Rules;

/// <summary>Sets some tokens to −∞ until <paramref name="steps"/> tokens have been generated.</summary>
internal sealed class SuppressionRule(int[] tokens, int steps) : ILogitsRule
{
    public void Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
    {
        if (ids.Length - promptLength >= steps) return;
        foreach (var token in tokens) logits[token] = float.NegativeInfinity;
    }
}
