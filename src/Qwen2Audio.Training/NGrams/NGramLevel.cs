using System.Collections;

namespace Qwen2Audio.Training.NGrams;

/// <summary>The n-grams of one length while a model is estimated.</summary>
/// <param name="counts">All n-grams of the text, with how often they occur.</param>
/// <param name="below">The n-grams that are one word shorter; null for 1-grams.</param>
internal sealed class NGramLevel(NGramCounts counts, NGramLevel? below)
{
    private Dictionary<ulong, double> _start = [];

    public NGramCounts Counts => counts;

    public int Count => counts.Keys.Length;

    public NGramLevel? Below => below;

    /// <summary>For each n-gram the index of the one without its first word.</summary>
    public int[] Suffixes { get; } = below is null ? [] : counts.SuffixesIn(below.Counts);

    /// <summary>The n-grams of the model.</summary>
    public BitArray Kept { get; set; } = new(counts.Keys.Length, true);

    /// <summary>The counts that probabilities are estimated from.</summary>
    public int[] Used { get; set; } = counts.Counts;

    /// <summary>P(last word | previous words), also of n-grams that are not kept.</summary>
    public double[] Probabilities { get; } = new double[counts.Keys.Length];

    /// <summary>1-grams: probability of a word that does not occur in the text.</summary>
    public double Uniform { get; set; }

    /// <summary>The back-off weight of each n-gram; empty until a longer one has been estimated.</summary>
    public double[] Backoffs { get; private set; } = [];

    /// <summary>The back-off weight of a beginning of sentences that has no probability itself.</summary>
    public double StartBackoff(ulong key) => _start.GetValueOrDefault(key, 1);

    /// <summary>Begins to set back-off weights; those that are not set are 1.</summary>
    public void ResetBackoffs()
    {
        if (Backoffs.Length == 0) Backoffs = new double[Count];
        Array.Fill(Backoffs, 1);
        _start = [];
    }

    /// <summary>Sets a back-off weight.</summary>
    /// <param name="key">The n-gram.</param>
    /// <param name="place">A place at or before the n-gram's; receives the n-gram's if it has one.</param>
    /// <param name="value">The weight.</param>
    public void SetBackoff(ulong key, ref int place, double value)
    {
        place = Place(key, place);
        if (place < Count && counts.Keys[place] == key) Backoffs[place] = value;
        else _start[key] = value;
    }

    /// <summary>The first place at or behind another one whose key is not smaller.</summary>
    public int Place(ulong key, int from)
    {
        while (from < Count && counts.Keys[from] < key) from++;
        return from;
    }
}
