namespace Qwen2Audio.Inference.Generation.Rules;

/// <summary>−∞ for the last id of a word when its other ids were the last ones.</summary>
internal sealed class BadWordsRule(int[][] words) : ILogitsRule
{
    public void Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
    {
        foreach (var word in words)
            if (ids.EndsWith(word.AsSpan(..^1))) logits[word[^1]] = float.NegativeInfinity;
    }
}
