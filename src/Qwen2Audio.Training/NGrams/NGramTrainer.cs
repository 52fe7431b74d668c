using Qwen2Audio.Checkpoints.NGrams;

namespace Qwen2Audio.Training.NGrams;

/// <summary>Estimates n-gram models by interpolated modified Kneser-Ney smoothing, pruned to a size.</summary>
public static class NGramTrainer
{
    /// <summary>Trains a model.</summary>
    /// <param name="corpus">The sentences.</param>
    /// <param name="options">Order, vocabulary, size.</param>
    /// <exception cref="ArgumentException">The corpus is empty, or the order or vocabulary is out of range.</exception>
    public static NGramModel Train(NGramCorpus corpus, NGramOptions options)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(options);
        var bits = NGramCounts.BitsOf(corpus.Words.Count);
        var most = Math.Min(NGramFile.MaxOrder, 64 / bits);
        if (options.Order < 1 || options.Order > most) throw new ArgumentException($"Order {options.Order}; allowed with {corpus.Words.Count} words: 1 to {most}.", nameof(options));
        if (corpus.Sentences == 0) throw new ArgumentException("The text has no sentence.", nameof(corpus));
        var levels = new List<NGramLevel>();
        for (var n = 1; n <= options.Order; n++) levels.Add(new NGramLevel(NGramCounts.Of(corpus.Ids, n, bits), levels.LastOrDefault()));
        if (options.MaxBytes is not { } size) NGramEstimation.Estimate(levels, corpus.Words.Count);
        else NGramPruning.Prune(levels, corpus.Words.Count, size, () => NGramFile.ToBytes(Model(corpus.Words, levels)).LongLength);
        return Model(corpus.Words, levels);
    }

    private static NGramModel Model(IReadOnlyList<string> words, List<NGramLevel> levels)
    {
        List<int[]> ids = [];
        List<float[]> probabilities = [], backoffs = [];
        foreach (var level in levels)
        {
            var (n, isLast) = (level.Counts.Length, level == levels[^1]);
            if (n == 1)
            {
                // all words, including those that do not occur
                ids.Add([.. Enumerable.Range(0, words.Count)]);
                var (logs, factors) = (new float[words.Count], new float[words.Count]);
                Array.Fill(logs, (float)Math.Log(Math.Max(level.Uniform, 1e-30)));
                logs[NGramCorpus.Start] = (float)(-99 * Math.Log(10)); // ARPA's log10 of probability 0
                for (var i = 0; i < level.Count; i++)
                {
                    logs[level.Counts.Word(i, 0)] = Log(level.Probabilities[i]);
                    if (!isLast) factors[level.Counts.Word(i, 0)] = Log(level.Backoffs[i]);
                }

                factors[NGramCorpus.Start] = Log(level.StartBackoff(NGramCorpus.Start));
                probabilities.Add(logs);
                backoffs.Add(factors);
                continue;
            }

            int[] kept = [.. Enumerable.Range(0, level.Count).Where(i => level.Kept[i])];
            var places = new int[kept.Length * n];
            for (var i = 0; i < places.Length; i++) places[i] = level.Counts.Word(kept[i / n], i % n);
            ids.Add(places);
            probabilities.Add([.. kept.Select(i => Log(level.Probabilities[i]))]);
            backoffs.Add(isLast ? [] : [.. kept.Select(i => Log(level.Backoffs[i]))]);
        }

        return new NGramModel(words, NGramTrie.Build(ids, probabilities, backoffs, out _) ?? throw new InvalidOperationException("An n-gram is kept without its context."));
    }

    private static float Log(double value) => (float)Math.Log(value);
}
