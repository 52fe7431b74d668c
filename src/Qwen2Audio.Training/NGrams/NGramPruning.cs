using System.Collections;

namespace Qwen2Audio.Training.NGrams;

/// <summary>
/// Chooses the n-grams of a small model by relative entropy (Stolcke 1998): an n-gram is kept if the model without it would be worse by more than a threshold. What an n-gram is worth depends on
/// which others are kept, so they are chosen again by the model of the first choice.
/// </summary>
internal static class NGramPruning
{
    private const int Choices = 2; // five are no better
    private const int Tries = 6;
    private const double Fits = 0.98; // of the size, at least, unless the tries are used up
    private const int Bins = 1 << 14;
    private const float Least = -70; // ln of the relative entropy

    /// <summary>Estimates the levels, and keeps only so many n-grams that the model's file has at most <paramref name="maxBytes"/> bytes.</summary>
    /// <param name="levels">All n-grams.</param>
    /// <param name="vocabulary">Number of words.</param>
    /// <param name="maxBytes">The size.</param>
    /// <param name="sizeOf">The size of the file that the levels make as they are.</param>
    public static void Prune(List<NGramLevel> levels, int vocabulary, long maxBytes, Func<long> sizeOf)
    {
        var all = levels.Skip(1).Sum(level => (long)level.Count);
        if (all / 2 <= maxBytes) // hardly any n-gram takes less than half a byte
        {
            NGramEstimation.Estimate(levels, vocabulary);
            if (sizeOf() <= maxBytes) return;
        }

        Begin(levels, vocabulary);
        var count = Math.Min(all, maxBytes);
        for (var choice = 1; choice <= Choices; choice++)
        {
            var losses = levels.Select(level => level.Below is null ? [] : Losses(level)).ToArray();
            var histogram = Histogram(losses);
            var (fits, large) = (0L, all + 1);
            for (var tries = 1; ; tries++)
            {
                var kept = Keep(levels, losses, Threshold(histogram, count));
                NGramEstimation.Estimate(levels, vocabulary);
                var size = sizeOf();
                if (choice == Choices && (kept == 0 || (size <= maxBytes && (size >= Fits * maxBytes || tries >= Tries)))) return;
                if (size <= maxBytes) fits = Math.Max(fits, count);
                else large = Math.Min(large, count);
                var next = (long)(count * (1 + Fits) / 2 * maxBytes / size);
                count = next > fits && next < large ? next : (fits + large) / 2;
                if (choice < Choices) break;
            }
        }
    }

    /// <summary>A model of all n-grams, each estimated as if no longer one existed, before any is chosen.</summary>
    private static void Begin(List<NGramLevel> levels, int vocabulary)
    {
        foreach (var level in levels)
        {
            level.Used = level.Counts.Counts;
            NGramEstimation.Estimate(level, vocabulary);
        }

        foreach (var level in levels.Skip(1)) level.Kept = new BitArray(level.Count);
    }

    /// <summary>ln of what the model without each n-gram loses, in nats a text, against the one with it.</summary>
    private static float[] Losses(NGramLevel level)
    {
        var (used, below, losses) = (level.Used, level.Below!.Probabilities, new float[level.Count]);
        var discounts = Discounts.Of(used);
        foreach (var (first, end) in level.Counts.Groups())
        {
            var (total, seen, seenBelow) = (0.0, 0.0, 0.0);
            for (var i = first; i < end; i++)
            {
                total += used[i];
                if (!level.Kept[i]) continue;
                seen += used[i] - discounts.For(used[i]);
                seenBelow += below[level.Suffixes[i]];
            }

            for (var i = first; i < end; i++)
            {
                var (own, lower) = ((used[i] - discounts.For(used[i])) / total, below[level.Suffixes[i]]);
                var othersBelow = seenBelow - (level.Kept[i] ? lower : 0);
                var without = 1 - (seen / total) + (level.Kept[i] ? own : 0); // back-off weights
                var with = Math.Max(without - own, 1e-12);
                var p = own + (with * lower);
                var unseen = with * Math.Max(1 - othersBelow - lower, 0);
                var loss = total * ((p * Math.Log(p / (without * lower))) - (unseen * Math.Log(without / with)) - (own * othersBelow));
                losses[i] = (float)Math.Log(Math.Max(loss, 1e-30));
            }
        }

        return losses;
    }

    private static long[] Histogram(float[][] losses)
    {
        var histogram = new long[Bins];
        foreach (var level in losses)
            foreach (var loss in level) histogram[Bin(loss)]++;
        return histogram;
    }

    private static int Bin(float loss) => Math.Clamp((int)((loss - Least) * (Bins / 100f)), 0, Bins - 1);

    /// <summary>The lowest bin above which there are at most this many n-grams.</summary>
    private static int Threshold(long[] histogram, long count)
    {
        var bin = Bins;
        for (var above = 0L; bin > 0 && above + histogram[bin - 1] <= count; bin--) above += histogram[bin - 1];
        return bin;
    }

    /// <summary>Keeps the n-grams from a bin on, and with each the ones without its last and its first word. Returns how many are kept.</summary>
    private static long Keep(List<NGramLevel> levels, float[][] losses, int bin)
    {
        foreach (var (level, loss) in levels.Zip(losses).Skip(1))
            for (var i = 0; i < loss.Length; i++) level.Kept[i] = Bin(loss[i]) >= bin;
        var count = 0L;
        for (var n = levels.Count - 1; n > 0; n--)
        {
            var (level, below, place) = (levels[n], levels[n - 1], 0);
            for (var i = 0; i < level.Count; i++)
            {
                if (!level.Kept[i]) continue;
                count++;
                if (n == 1) continue; // single words are always kept
                below.Kept[place = below.Place(level.Counts.Context(i), place)] = true;
                below.Kept[level.Suffixes[i]] = true;
            }
        }

        return count;
    }
}
