namespace Qwen2Audio.Inference.Generation.Rules;

/// <summary>Sets ids from <paramref name="used"/> on to −∞: embedding rows without a token.</summary>
internal sealed class UnusedRowsRule(int used) : ILogitsRule
{
    public void Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
    {
        if (used < logits.Length) logits[used..].Fill(float.NegativeInfinity);
    }
}
