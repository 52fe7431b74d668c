using System.Numerics;

namespace Qwen2Audio.Training.NGrams;

/// <summary>Distinct n-grams of one length with their counts, sorted. A key is the words' ids, the first word highest.</summary>
/// <param name="Length">Number of words.</param>
/// <param name="Bits">Bits of an id within a key.</param>
/// <param name="Keys">Ascending.</param>
/// <param name="Counts">How often each occurs.</param>
internal sealed record NGramCounts(int Length, int Bits, ulong[] Keys, int[] Counts)
{
    /// <summary>Bits of an id in a vocabulary of this size.</summary>
    public static int BitsOf(int words) => BitOperations.Log2((uint)words - 1) + 1;

    /// <summary>All n-grams that end in a word or the end of a sentence.</summary>
    public static NGramCounts Of(List<int> ids, int length, int bits)
    {
        var keys = new ulong[ids.Count];
        var (count, sentence, key) = (0, 0, 0ul);
        for (var i = 0; i < ids.Count; i++)
        {
            if (ids[i] == NGramCorpus.Start) sentence = i;
            key = ((key << bits) | (uint)ids[i]) & LowMask(bits * length);
            if (i - sentence >= length - 1 && ids[i] != NGramCorpus.Start) keys[count++] = key;
        }

        RadixSort.Sort(ref keys, count, bits * length);
        return Merge(length, bits, keys.AsSpan(0, count));
    }

    /// <summary>Word <paramref name="position"/> of an n-gram.</summary>
    public int Word(int index, int position) => (int)((Keys[index] >> (Bits * (Length - 1 - position))) & LowMask(Bits));

    /// <summary>The key without the last word.</summary>
    public ulong Context(int index) => Keys[index] >> Bits;

    /// <summary>The index of a key; negative if it is missing.</summary>
    public int Find(ulong key) => Array.BinarySearch(Keys, key);

    /// <summary>For each n-gram the index of the one without its first word, which occurs too.</summary>
    public int[] SuffixesIn(NGramCounts shorter)
    {
        var (suffixes, last, at) = (new int[Keys.Length], ulong.MaxValue, 0);
        for (var i = 0; i < suffixes.Length; i++)
        {
            var key = Keys[i] & LowMask(Bits * (Length - 1));
            if (Context(i) != last) at = 0; // within a context the suffixes ascend
            last = Context(i);
            suffixes[i] = at = shorter.FindFrom(at, key);
        }

        return suffixes;
    }

    /// <summary>Ranges of n-grams with the same context.</summary>
    public IEnumerable<(int First, int End)> Groups()
    {
        for (var first = 0; first < Keys.Length;)
        {
            var end = first + 1;
            while (end < Keys.Length && Context(end) == Context(first)) end++;
            yield return (first, end);
            first = end;
        }
    }

    /// <summary>The index of a key that exists at or behind a place.</summary>
    private int FindFrom(int from, ulong key)
    {
        var step = 1;
        while (from + step < Keys.Length && Keys[from + step] <= key) (from, step) = (from + step, 2 * step);
        return Array.BinarySearch(Keys, from, Math.Min(step, Keys.Length - from), key);
    }

    private static ulong LowMask(int bits) => bits == 64 ? ulong.MaxValue : (1ul << bits) - 1;

    private static NGramCounts Merge(int length, int bits, ReadOnlySpan<ulong> sorted)
    {
        var distinct = sorted.Length == 0 ? 0 : 1;
        for (var i = 1; i < sorted.Length; i++) distinct += sorted[i] != sorted[i - 1] ? 1 : 0;
        var (keys, counts) = (new ulong[distinct], new int[distinct]);
        var at = -1;
        for (var i = 0; i < sorted.Length; i++)
        {
            if (i == 0 || sorted[i] != sorted[i - 1]) keys[++at] = sorted[i];
            counts[at]++;
        }

        return new NGramCounts(length, bits, keys, counts);
    }
}
