namespace Qwen2Audio.Inference.Generation.Processors;

/// <summary>Sets the last id of a bad word to −∞ when the text ends with its other ids.</summary>
internal sealed class BadWordsProcessor(int[][] words) : ILogitsProcessor
{
    public void Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
    {
        foreach (var word in words)
            if (ids.EndsWith(word.AsSpan(..^1))) logits[word[^1]] = float.NegativeInfinity;
    }
}
