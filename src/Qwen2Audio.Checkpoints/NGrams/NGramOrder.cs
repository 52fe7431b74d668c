namespace Qwen2Audio.Checkpoints.NGrams;

/// <summary>
/// All n-grams of one length, sorted by their words, as a level of a trie. Those that continue entry i are [Children[i], Children[i + 1]) of
/// the next level.
/// </summary>
/// <param name="Words">The last word of each n-gram.</param>
/// <param name="LogProbabilities">ln P(last word | previous words).</param>
/// <param name="Backoffs">ln of the back-off weight; empty for the longest n-grams.</param>
/// <param name="Children">For each n-gram, the index in the next level of the first n-gram that continues it, then the size of that level; empty for the longest.</param>
public sealed record NGramOrder(int[] Words, float[] LogProbabilities, float[] Backoffs, int[] Children)
{
    /// <summary>Number of n-grams.</summary>
    public int Count => Words.Length;
}
