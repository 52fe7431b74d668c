namespace Qwen2Audio.Training.NGrams;

/// <summary>
/// Interpolated modified Kneser-Ney smoothing (Chen and Goodman 1999) for the n-grams that are kept: P(w | h) = max(c(h w) − D, 0) / c(h) + γ(h) P(w | h'), down to a uniform distribution over the
/// vocabulary. A count of a shorter n-gram is what the longer ones leave to it: one for each that is kept, and all occurrences of each that is not
/// (Siivola, Hirsimäki and Virpioja 2007), so that shorter n-grams fit the words for which a pruned model backs off to them.
/// </summary>
internal static class NGramEstimation
{
    /// <summary>Counts and estimates all levels.</summary>
    public static void Estimate(List<NGramLevel> levels, int vocabulary)
    {
        for (var n = levels.Count - 2; n >= 0; n--) Count(levels[n], levels[n + 1]);
        foreach (var level in levels) Estimate(level, vocabulary);
    }

    /// <summary>Estimates one level from its counts and the probabilities of the one below.</summary>
    public static void Estimate(NGramLevel level, int vocabulary)
    {
        var (counts, used, below) = (level.Counts, level.Used, level.Below);
        var discounts = Discounts.Of(used);
        var place = 0;
        below?.ResetBackoffs();
        foreach (var (first, end) in counts.Groups())
        {
            var (total, taken) = (0.0, 0.0);
            for (var i = first; i < end; i++)
            {
                total += used[i];
                taken += level.Kept[i] ? discounts.For(used[i]) : used[i];
            }

            var left = taken / total;
            for (var i = first; i < end; i++)
            {
                var lower = below is null ? 1.0 / (vocabulary - 1) : below.Probabilities[level.Suffixes[i]]; // <s> is never predicted
                level.Probabilities[i] = (level.Kept[i] ? (used[i] - discounts.For(used[i])) / total : 0) + left * lower;
            }

            below?.SetBackoff(counts.Context(first), ref place, left);
            if (below is null) level.Uniform = left / (vocabulary - 1);
        }
    }

    private static void Count(NGramLevel level, NGramLevel above)
    {
        var used = new int[level.Count];
        for (var i = 0; i < above.Count; i++) used[above.Suffixes[i]] += above.Kept[i] ? 1 : above.Used[i];
        for (var i = 0; i < used.Length; i++)
            if (level.Counts.Word(i, 0) == NGramCorpus.Start) used[i] = level.Counts.Counts[i]; // nothing precedes it
        level.Used = used;
    }
}
