namespace Qwen2Audio.Model.Ops;

/// <summary>
/// A codebook published as moving sums and counts from training: an entry is its sum divided by its count, which is at least 1e-5 (Mimi).
/// For inference only.
/// </summary>
/// <param name="sums">[entries, dim].</param>
/// <param name="counts">[entries].</param>
public sealed class QuotientWeight(IWeight sums, IWeight counts) : IWeight
{
    /// <summary>Minimum count.</summary>
    public const float MinCount = 1e-5f;

    /// <summary>The sums.</summary>
    public IWeight Sums { get; } = sums;

    /// <summary>The counts.</summary>
    public IWeight Counts { get; } = counts;

    /// <summary>The name of the sums.</summary>
    public string Name => Sums.Name;

    public IReadOnlyList<int> Shape => Sums.Shape;
}
