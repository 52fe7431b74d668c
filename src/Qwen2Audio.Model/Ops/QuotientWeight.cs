namespace Qwen2Audio.Model.Ops;

/// <summary>
/// A codebook as published with the averages that it was trained by: an entry is its sum divided by its count, which is 1e-5 at least (Mimi).
/// For inference alone.
/// </summary>
/// <param name="sums">[entries, dim].</param>
/// <param name="counts">[entries].</param>
public sealed class QuotientWeight(IWeight sums, IWeight counts) : IWeight
{
    /// <summary>The least count.</summary>
    public const float LeastCount = 1e-5f;

    /// <summary>What is divided.</summary>
    public IWeight Sums { get; } = sums;

    /// <summary>What it is divided by.</summary>
    public IWeight Counts { get; } = counts;

    /// <summary>The name of the sums.</summary>
    public string Name => Sums.Name;

    /// <inheritdoc/>
    public IReadOnlyList<int> Shape => Sums.Shape;
}
