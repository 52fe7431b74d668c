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
        var keys = new List<ulong>(ids.Count);
        var sentence = 0;
        for (var i = 0; i < ids.Count; i++)
        {
            if (ids[i] == NGramCorpus.Start) sentence = i;
            if (i - sentence < length - 1 || ids[i] == NGramCorpus.Start) continue;
            var key = 0ul;
            for (var k = i - length + 1; k <= i; k++) key = (key << bits) | (uint)ids[k];
            keys.Add(key);
        }

        keys.Sort();
        return Merge(length, bits, keys);
    }

    /// <summary>Kneser-Ney counts of the n-grams one word shorter: how many different words precede each; for those at the start of a sentence, how often they occur.</summary>
    public NGramCounts Continuations(NGramCounts shorter)
    {
        var counts = new int[shorter.Keys.Length];
        for (var i = 0; i < Keys.Length; i++) counts[shorter.Find(Keys[i] & LowMask(Length - 1))]++;
        for (var i = 0; i < counts.Length; i++)
            if (shorter.Word(i, 0) == NGramCorpus.Start) counts[i] = shorter.Counts[i];
        return shorter with { Counts = counts };
    }

    /// <summary>Word <paramref name="position"/> of an n-gram.</summary>
    public int Word(int index, int position) => (int)((Keys[index] >> (Bits * (Length - 1 - position))) & LowMask(1));

    /// <summary>The key without the last word.</summary>
    public ulong Context(int index) => Keys[index] >> Bits;

    /// <summary>The key without the first word.</summary>
    public ulong Suffix(int index) => Keys[index] & LowMask(Length - 1);

    /// <summary>The index of a key; negative if it is missing.</summary>
    public int Find(ulong key) => Array.BinarySearch(Keys, key);

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

    private ulong LowMask(int words) => (1ul << (Bits * words)) - 1;

    private static NGramCounts Merge(int length, int bits, List<ulong> sorted)
    {
        var distinct = sorted.Count == 0 ? 0 : 1;
        for (var i = 1; i < sorted.Count; i++) distinct += sorted[i] != sorted[i - 1] ? 1 : 0;
        var (keys, counts) = (new ulong[distinct], new int[distinct]);
        var at = -1;
        for (var i = 0; i < sorted.Count; i++)
        {
            if (i == 0 || sorted[i] != sorted[i - 1]) keys[++at] = sorted[i];
            counts[at]++;
        }

        return new NGramCounts(length, bits, keys, counts);
    }
}
