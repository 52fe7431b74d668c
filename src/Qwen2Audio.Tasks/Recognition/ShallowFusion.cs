using Qwen2Audio.Checkpoints.NGrams;
using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>
/// Shallow fusion: scores text units with an n-gram model over words. Each complete word adds weight · ln P(word | previous words) and a bonus;
/// the end of the text adds weight · ln P(end).
/// </summary>
/// <param name="model">The n-gram model, of words in lower case.</param>
/// <param name="weight">Weight of its ln P beside that of CTC.</param>
/// <param name="wordBonus">Added for each word, since the model's ln P makes longer texts less likely.</param>
internal sealed class ShallowFusion(NGramModel model, double weight, double wordBonus)
{
    /// <summary>Weight of ln P.</summary>
    public double Weight => weight;

    /// <summary>The bonus of a word.</summary>
    public double WordBonus => wordBonus;

    /// <summary>A scorer for a search over a tokenizer's units.</summary>
    public IPrefixScorer Over(BytePairTokenizer tokenizer) => new UnitScorer(this, tokenizer);

    /// <summary>The same scores for a search over the words of a lexicon.</summary>
    public WordScores Over(IEnumerable<string> words) => new(model, [.. words.Select(word => model.IdOf(word.ToLowerInvariant()))], weight, wordBonus);

    /// <summary>The score of a whole text.</summary>
    public double Score(string text)
    {
        var (state, sum) = (model.Beginning, 0.0);
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries)) (state, sum) = Add(state, sum, word);
        return sum + weight * model.LogProbability(state, model.EndId);
    }

    private (NGramState State, double Score) Add(NGramState state, double score, string word)
    {
        var id = model.IdOf(word.ToLowerInvariant());
        var log = model.LogProbability(state, id) + (id == model.UnknownId ? WordScores.UnknownWord : 0);
        return (model.Next(state, id), score + weight * log + wordBonus);
    }

    /// <summary>State and score after the complete words of a prefix, and the units of its last word, which more units may continue.</summary>
    private sealed record Prefix(NGramState State, double Score, int[] WordUnits);

    private sealed class UnitScorer(ShallowFusion owner, BytePairTokenizer tokenizer) : IPrefixScorer
    {
        private readonly HashSet<int> _beginnings = [.. tokenizer.Vocabulary.Ids.Values.Where(id => WordUnits.BeginsWord(tokenizer, id))];

        public object Start { get; } = new Prefix(owner.Beginning, 0, []);

        public object Extend(object prefix, int unit)
        {
            var current = (Prefix)prefix;
            if (!_beginnings.Contains(unit)) return current with { WordUnits = [.. current.WordUnits, unit] };
            var (state, score) = Complete(current);
            return new Prefix(state, score, [unit]);
        }

        public double Score(object prefix) => ((Prefix)prefix).Score;

        public double FinalScore(object prefix)
        {
            var (state, score) = Complete((Prefix)prefix);
            return score + owner.Weight * owner.LogOfEnd(state);
        }

        private (NGramState State, double Score) Complete(Prefix prefix)
        {
            var word = prefix.WordUnits.Length == 0 ? "" : tokenizer.Decode(prefix.WordUnits).Trim();
            return word.Length == 0 ? (prefix.State, prefix.Score) : owner.Add(prefix.State, prefix.Score, word);
        }
    }

    private NGramState Beginning => model.Beginning;

    private double LogOfEnd(NGramState state) => model.LogProbability(state, model.EndId);
}
