using System.Runtime.InteropServices;
using Qwen2Audio.Checkpoints.NGrams;

namespace Qwen2Audio.Tasks.Ctc;

/// <summary>What a word adds to the score of a text: weight · ln P(word | words before) + a bonus; the end of the text adds weight · ln P(end).</summary>
/// <param name="Model">The n-gram model.</param>
/// <param name="Ids">The model's ids of a lexicon's words.</param>
/// <param name="Weight">Weight of ln P.</param>
/// <param name="Bonus">The bonus of a word.</param>
internal sealed record WordScores(NGramModel Model, int[] Ids, double Weight, double Bonus)
{
    /// <summary>P(unknown) is shared by all unknown words; a particular one is about this much less likely (natural logarithm).</summary>
    public const double UnknownWord = -10;

    /// <summary>The score of a word when nothing is known of the words before.</summary>
    public float Alone(int word) => (float)Weighted(Model.Orders[0].LogProbabilities[Ids[word]], word);

    /// <summary>The score of a word after others.</summary>
    public double After(NGramState state, int word) => Weighted(Model.LogProbability(state, Ids[word]), word);

    private double Weighted(double log, int word) => Weight * (log + (Ids[word] == Model.UnknownId ? UnknownWord : 0)) + Bonus;
}

/// <summary>The word sequences of a search, by number; 0 is the empty one.</summary>
internal sealed class WordHistories(WordScores scores)
{
    private readonly List<(int Before, int Word, NGramState State)> _sequences = [(-1, -1, scores.Model.Beginning)];
    private readonly Dictionary<(int Before, int Word), int> _numbers = [];

    /// <summary>The score of one more word.</summary>
    public double Score(int history, int word) => scores.After(_sequences[history].State, word);

    /// <summary>The score of the text's end.</summary>
    public double ScoreOfEnd(int history) => scores.Weight * scores.Model.LogProbability(_sequences[history].State, scores.Model.EndId);

    /// <summary>A sequence with one more word.</summary>
    public int Extend(int history, int word)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, (history, word), out var isKnown);
        if (isKnown) return number;
        number = _sequences.Count;
        _sequences.Add((history, word, scores.Model.Next(_sequences[history].State, scores.Ids[word])));
        return number;
    }

    /// <summary>The words of a sequence.</summary>
    public int[] Words(int history)
    {
        var words = new List<int>();
        for (; history > 0; history = _sequences[history].Before) words.Add(_sequences[history].Word);
        words.Reverse();
        return [.. words];
    }
}
