using System.Collections;

namespace Qwen2Audio.Training.NGrams;

/// <summary>The n-grams of one length while a model is estimated.</summary>
/// <param name="counts">The n-grams, with the counts that their probabilities are estimated from.</param>
/// <param name="occurrences">How often each occurs.</param>
/// <param name="probabilities">P(last word | previous words).</param>
internal sealed class NGramLevel(NGramCounts counts, int[] occurrences, double[] probabilities)
{
    private readonly Dictionary<ulong, double> _start = [];
    private readonly double[] _backoffs = Ones(counts.Keys.Length);
    private BitArray? _dropped;

    public NGramCounts Counts => counts;

    public int[] Occurrences => occurrences;

    public double[] Probabilities => probabilities;

    /// <summary>1-grams: probability of a word that does not occur in the text.</summary>
    public double Uniform { get; set; }

    /// <summary>The back-off weight of an n-gram.</summary>
    public double BackoffOf(ulong key) => counts.Find(key) is >= 0 and var at ? _backoffs[at] : _start.GetValueOrDefault(key, 1);

    /// <summary>Sets the back-off weight. The n-gram may also be the start of a sentence, which has no probability.</summary>
    public void SetBackoff(ulong key, double value)
    {
        if (counts.Find(key) is >= 0 and var at) _backoffs[at] = value;
        else _start[key] = value;
    }

    /// <summary>Whether pruning keeps an n-gram.</summary>
    public bool Keeps(int index) => _dropped?[index] != true;

    /// <summary>Drops these n-grams.</summary>
    public void Drop(BitArray dropped) => _dropped = dropped;

    private static double[] Ones(int count)
    {
        var ones = new double[count];
        Array.Fill(ones, 1);
        return ones;
    }
}
