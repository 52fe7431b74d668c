namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>How a codebook was used.</summary>
/// <param name="Codebook">Its number, from 1.</param>
/// <param name="Entries">Number of entries.</param>
/// <param name="Used">Number of entries that occurred.</param>
/// <param name="Perplexity">2 to the power of <paramref name="Bits"/>.</param>
/// <param name="Bits">Entropy of its codes in bits.</param>
public sealed record CodebookUse(int Codebook, int Entries, int Used, double Perplexity, double Bits)
{
    /// <summary>From how often each entry occurred.</summary>
    internal static CodebookUse Of(int codebook, IReadOnlyList<long> counts)
    {
        double total = counts.Sum();
        var bits = counts.Where(count => count > 0).Sum(count => count / total * Math.Log2(total / count));
        return new CodebookUse(codebook, counts.Count, counts.Count(count => count > 0), Math.Pow(2, bits), bits);
    }
}
