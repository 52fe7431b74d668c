namespace Qwen2Audio.Inference.Generation.Processors;

/// <summary>Sets ids from <paramref name="used"/> on to −∞: embedding rows without a token.</summary>
internal sealed class UnusedRowsProcessor(int used) : ILogitsProcessor
{
    public void Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
    {
        if (used < logits.Length) logits[used..].Fill(float.NegativeInfinity);
    }
}
