namespace Qwen2Audio.Inference.Generation.Processors;

/// <summary>Sets some tokens to −∞ until <paramref name="steps"/> tokens have been generated.</summary>
internal sealed class SuppressionProcessor(int[] tokens, int steps) : ILogitsProcessor
{
    public void Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
    {
        if (ids.Length - promptLength >= steps) return;
        foreach (var token in tokens) logits[token] = float.NegativeInfinity;
    }
}
