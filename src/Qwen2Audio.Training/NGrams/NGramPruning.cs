using System.Collections;
using Qwen2Audio.Checkpoints.NGrams;

namespace Qwen2Audio.Training.NGrams;

/// <summary>
/// Entropy pruning (Stolcke 1998): an n-gram is dropped if the relative entropy to the full model, weighted by how often its context occurs,
/// hardly grows without it. One threshold for all lengths is searched that gives the file the wanted size.
/// </summary>
internal static class NGramPruning
{
    private const int Rounds = 40;

    /// <summary>Drops n-grams of two and more words until the model's file has at most <paramref name="maxBytes"/> bytes, and recomputes the back-off weights.</summary>
    public static void Prune(List<NGramLevel> levels, IReadOnlyList<string> words, long maxBytes)
    {
        var losses = levels.Select((level, n) => n == 0 ? [] : Losses(level, levels[n - 1], Total(levels))).ToArray();
        var (least, most) = (-30.0, 0.0); // logarithms of the threshold
        if (Bytes(levels, words, losses, double.NegativeInfinity) > maxBytes)
        {
            for (var round = 0; round < Rounds; round++)
            {
                var middle = (least + most) / 2;
                if (Bytes(levels, words, losses, middle) > maxBytes) least = middle;
                else most = middle;
            }

            Bytes(levels, words, losses, most);
        }

        for (var n = 1; n < levels.Count; n++) SetBackoffs(levels, n);
    }

    private static double Total(List<NGramLevel> levels) => levels[0].Occurrences.Sum(count => (double)count);

    /// <summary>ln of the relative entropy that dropping each n-gram costs.</summary>
    private static float[] Losses(NGramLevel level, NGramLevel below, double total)
    {
        var counts = level.Counts;
        var losses = new float[counts.Keys.Length];
        foreach (var (first, end) in counts.Groups())
        {
            var (occurrences, seen, seenBelow) = (0.0, 0.0, 0.0);
            for (var i = first; i < end; i++)
            {
                occurrences += level.Occurrences[i];
                seen += level.Probabilities[i];
                seenBelow += Below(i);
            }

            var (left, leftBelow) = (Math.Max(1 - seen, 1e-12), Math.Max(1 - seenBelow, 1e-12));
            var backoff = Math.Log(left / leftBelow);
            for (var i = first; i < end; i++)
            {
                var (p, lower) = (level.Probabilities[i], Below(i));
                var changed = Math.Log((left + p) / (leftBelow + lower));
                var loss = -(p * (Math.Log(lower) + changed - Math.Log(p)) + left * (changed - backoff)) * occurrences / total;
                losses[i] = (float)Math.Log(Math.Max(loss, 1e-30));
            }

            double Below(int i) => below.Probabilities[below.Counts.Find(counts.Suffix(i))];
        }

        return losses;
    }

    /// <summary>Drops the n-grams below a threshold, except contexts of n-grams that are kept, and returns the size of the file.</summary>
    private static long Bytes(List<NGramLevel> levels, IReadOnlyList<string> words, float[][] losses, double threshold)
    {
        var size = (long)Encoding.UTF8.GetByteCount(string.Join('\n', words)) + 64 + 4L * words.Count;
        for (var n = levels.Count - 1; n > 0; n--)
        {
            var counts = levels[n].Counts;
            var dropped = new BitArray(counts.Keys.Length);
            for (var i = 0; i < dropped.Length; i++) dropped[i] = losses[n][i] < threshold;
            if (n + 1 < levels.Count) KeepContexts(levels[n + 1], counts, dropped);
            levels[n].Drop(dropped);
            size += Size(levels, n);
        }

        return size + levels[0].Counts.Keys.Length; // numbers of continuations
    }

    private static void KeepContexts(NGramLevel above, NGramCounts counts, BitArray dropped)
    {
        var last = ulong.MaxValue;
        for (var i = 0; i < above.Counts.Keys.Length; i++)
        {
            if (!above.Keeps(i) || above.Counts.Context(i) == last) continue;
            last = above.Counts.Context(i);
            dropped[counts.Find(last)] = false;
        }
    }

    private static long Size(List<NGramLevel> levels, int n)
    {
        var (level, before, context) = (levels[n], -1, ulong.MaxValue);
        var each = n + 1 < levels.Count ? 3 : 1; // codes and, except for the longest, the number of continuations, which is usually one byte
        var size = 4L + 1024 * (n + 1 < levels.Count ? 2 : 1);
        for (var i = 0; i < level.Counts.Keys.Length; i++)
        {
            if (!level.Keeps(i)) continue;
            if (level.Counts.Context(i) != context) (context, before) = (level.Counts.Context(i), -1);
            var word = level.Counts.Word(i, n);
            size += each + NGramFile.VariableBytes(word - before - 1);
            before = word;
        }

        return size;
    }

    /// <summary>Sets the back-off weights of the level below so that each distribution sums to 1.</summary>
    private static void SetBackoffs(List<NGramLevel> levels, int n)
    {
        var (level, below) = (levels[n], levels[n - 1]);
        foreach (var (first, end) in level.Counts.Groups())
        {
            var (seen, seenBelow) = (0.0, 0.0);
            for (var i = first; i < end; i++)
            {
                if (!level.Keeps(i)) continue;
                seen += level.Probabilities[i];
                seenBelow += Probability(levels, n - 1, level.Counts.Suffix(i));
            }

            below.SetBackoff(level.Counts.Context(first), seen == 0 ? 1 : Math.Max(1 - seen, 1e-12) / Math.Max(1 - seenBelow, 1e-12));
        }
    }

    /// <summary>P(last word | previous words) of an n-gram that may have been dropped.</summary>
    private static double Probability(List<NGramLevel> levels, int n, ulong key)
    {
        var level = levels[n];
        var at = level.Counts.Find(key);
        if (n == 0 || level.Keeps(at)) return level.Probabilities[at];
        return levels[n - 1].BackoffOf(level.Counts.Context(at)) * Probability(levels, n - 1, level.Counts.Suffix(at));
    }
}
