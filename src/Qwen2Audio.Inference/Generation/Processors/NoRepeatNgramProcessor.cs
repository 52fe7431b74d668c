namespace Qwen2Audio.Inference.Generation.Processors;

/// <summary>Sets every id to −∞ that would repeat an n-gram of <paramref name="size"/> ids.</summary>
internal sealed class NoRepeatNgramProcessor(int size) : ILogitsProcessor
{
    public void Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
    {
        if (ids.Length < size) return;
        var begun = ids[(ids.Length - size + 1)..];
        for (var last = size - 1; last < ids.Length; last++)
        {
            var id = ids[last];
            if ((uint)id < (uint)logits.Length && ids.Slice(last - size + 1, size - 1).SequenceEqual(begun)) logits[id] = float.NegativeInfinity;
        }
    }
}
