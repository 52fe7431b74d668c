namespace Qwen2Audio.Inference.Generation.Rules;

/// <summary>−∞ for every id from <paramref name="used"/> on: rows of the embedding that no token has.</summary>
internal sealed class UnusedRowsRule(int used) : ILogitsRule
{
    public void Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
    {
        if (used < logits.Length) logits[used..].Fill(float.NegativeInfinity);
    }
}
