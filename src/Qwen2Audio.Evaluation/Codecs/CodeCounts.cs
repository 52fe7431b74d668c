namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>How often each entry of each codebook occurred.</summary>
internal sealed class CodeCounts(int books, int entries)
{
    private readonly long[][] _counts = [.. Enumerable.Range(0, books).Select(_ => new long[entries])];

    /// <summary>Number of frames.</summary>
    public long Frames { get; private set; }

    /// <summary>Adds a clip's codes, [codebook][frame].</summary>
    public void Add(IReadOnlyList<IReadOnlyList<int>> codes)
    {
        Frames += codes[0].Count;
        for (var book = 0; book < codes.Count; book++)
            foreach (var code in codes[book]) _counts[book][code]++;
    }

    /// <summary>The use of each codebook.</summary>
    public IReadOnlyList<CodebookUse> Use() => [.. _counts.Select((counts, book) =>
    {
        var bits = Bits(counts);
        return new CodebookUse(book + 1, entries, counts.Count(count => count > 0), Math.Pow(2, bits), bits);
    })];

    /// <summary>Entropy of a distribution given by counts, in bits; 0 without counts.</summary>
    private static double Bits(long[] counts)
    {
        double total = counts.Sum();
        return counts.Where(count => count > 0).Sum(count => count / total * Math.Log2(total / count));
    }
}
