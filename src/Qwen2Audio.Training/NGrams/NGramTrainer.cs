using Qwen2Audio.Checkpoints.NGrams;

namespace Qwen2Audio.Training.NGrams;

/// <summary>
/// Estimates n-gram models by interpolated modified Kneser-Ney smoothing (Chen and Goodman 1999): P(w | h) = max(c(h w) − D, 0) / c(h) + γ(h) P(w | h'),
/// down to a uniform distribution over the vocabulary. Counts of shorter n-grams are the numbers of different words that precede them.
/// </summary>
public static class NGramTrainer
{
    /// <summary>Trains a model.</summary>
    /// <param name="corpus">The sentences.</param>
    /// <param name="options">Order, vocabulary, size.</param>
    /// <exception cref="ArgumentException">The corpus is empty, or the order or vocabulary is out of range.</exception>
    public static NGramModel Train(NGramCorpus corpus, NGramOptions options)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        var bits = NGramCounts.BitsOf(corpus.Words.Count);
        var most = Math.Min(NGramFile.MaxOrder, 64 / bits);
        if (options.Order < 1 || options.Order > most) throw new ArgumentException($"Order {options.Order}; allowed with {corpus.Words.Count} words: 1 to {most}.", nameof(options));
        if (corpus.Sentences == 0) throw new ArgumentException("The text has no sentence.", nameof(corpus));
        var raw = Enumerable.Range(1, options.Order).Select(n => NGramCounts.Of(corpus.Ids, n, bits)).ToArray();
        var levels = new List<NGramLevel>();
        foreach (var (counts, i) in raw.Select((counts, i) => (counts, i)))
        {
            var used = i + 1 < raw.Length ? raw[i + 1].Continuations(counts) : counts;
            levels.Add(Estimate(used, counts, levels.LastOrDefault(), corpus.Words.Count));
        }

        if (options.MaxBytes is { } size) NGramPruning.Prune(levels, corpus.Words, size);
        return Model(corpus.Words, levels);
    }

    private static NGramLevel Estimate(NGramCounts counts, NGramCounts raw, NGramLevel? below, int vocabulary)
    {
        var discounts = Discounts.Of(counts.Counts);
        var level = new NGramLevel(counts, raw.Counts, new double[counts.Keys.Length]);
        foreach (var (first, end) in counts.Groups())
        {
            var (total, taken) = (0.0, 0.0);
            for (var i = first; i < end; i++)
            {
                total += counts.Counts[i];
                taken += discounts.For(counts.Counts[i]);
            }

            var left = taken / total;
            for (var i = first; i < end; i++)
            {
                var lower = below is null ? 1.0 / (vocabulary - 1) : below.Probabilities[below.Counts.Find(counts.Suffix(i))]; // <s> is never predicted
                level.Probabilities[i] = (counts.Counts[i] - discounts.For(counts.Counts[i])) / total + left * lower;
            }

            below?.SetBackoff(counts.Context(first), left);
            if (below is null) level.Uniform = left / (vocabulary - 1);
        }

        return level;
    }

    private static NGramModel Model(IReadOnlyList<string> words, List<NGramLevel> levels)
    {
        List<int[]> ids = [];
        List<float[]> probabilities = [], backoffs = [];
        foreach (var level in levels)
        {
            var isFirst = ids.Count == 0;
            int[] kept = [.. Enumerable.Range(0, level.Counts.Keys.Length).Where(level.Keeps)];
            var n = level.Counts.Length;
            if (isFirst)
            {
                // all words, including those that do not occur
                ids.Add([.. Enumerable.Range(0, words.Count)]);
                var (logs, factors) = (new float[words.Count], new float[words.Count]);
                Array.Fill(logs, (float)Math.Log(Math.Max(level.Uniform, 1e-30)));
                logs[NGramCorpus.Start] = (float)(-99 * Math.Log(10)); // ARPA's log10 of probability 0
                foreach (var i in kept) (logs[level.Counts.Word(i, 0)], factors[level.Counts.Word(i, 0)]) = (Log(level.Probabilities[i]), Log(level.BackoffOf((ulong)level.Counts.Word(i, 0))));
                factors[NGramCorpus.Start] = Log(level.BackoffOf(NGramCorpus.Start));
                probabilities.Add(logs);
                backoffs.Add(factors);
                continue;
            }

            ids.Add([.. kept.SelectMany(i => Enumerable.Range(0, n).Select(k => level.Counts.Word(i, k)))]);
            probabilities.Add([.. kept.Select(i => Log(level.Probabilities[i]))]);
            backoffs.Add([.. kept.Select(i => Log(level.BackoffOf(level.Counts.Keys[i])))]);
        }

        return new NGramModel(words, NGramTrie.Build(ids, probabilities, backoffs, out _) ?? throw new InvalidOperationException("An n-gram is kept without its context."));
    }

    private static float Log(double value) => (float)Math.Log(value);
}
