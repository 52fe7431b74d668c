using System.Runtime.InteropServices;
using Qwen2Audio.Checkpoints.NGrams;

namespace Qwen2Audio.Tasks.Ctc;

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
