namespace Qwen2Audio.Checkpoints.NGrams;

/// <summary>
/// All n-grams of one length, sorted by their words, as a level of a trie: those that continue entry i of the level above are [Children[i],
/// Children[i + 1]) of this one.
/// </summary>
/// <param name="Words">The last word of each n-gram.</param>
/// <param name="LogProbabilities">ln P(last word | words before).</param>
/// <param name="Backoffs">ln of the factor for words that do not follow this n-gram; empty for the longest n-grams.</param>
/// <param name="Children">Where the n-grams that continue each of these begin in the next level, and their number; empty for the longest.</param>
public sealed record NGramOrder(int[] Words, float[] LogProbabilities, float[] Backoffs, int[] Children)
{
    /// <summary>Number of n-grams.</summary>
    public int Count => Words.Length;
}
