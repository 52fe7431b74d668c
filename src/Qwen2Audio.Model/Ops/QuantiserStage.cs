namespace Qwen2Audio.Model.Ops;

/// <summary>
/// A stage of a residual quantiser (<see cref="IOps{T}.Quantise"/>). Without projections it chooses the entry nearest to the residual
/// (EnCodec, Mimi). With projections it is factorised: it projects the residual to the entries' width, chooses the entry nearest in
/// direction (cosine similarity), and projects the entry back (DAC).
/// </summary>
/// <param name="Codebook">[entries, dim].</param>
/// <param name="Inward">[rows, width] → [rows, dim].</param>
/// <param name="Outward">[rows, dim] → [rows, width].</param>
public sealed record QuantiserStage(IWeight Codebook, Projection? Inward = null, Projection? Outward = null)
{
    /// <summary>Site of the chosen codes; null: none.</summary>
    public Site? Codes { get; init; }

    /// <summary>Site of the entries, in the width of the rows; null: none.</summary>
    public Site? Entries { get; init; }

    /// <summary>Checks that codes and depths match, for all operator sets.</summary>
    /// <exception cref="ArgumentException">There are no stages, one has a single projection, or the number of codes or depths does not match the rows.</exception>
    public static void Check(ReadOnlySpan<QuantiserStage> stages, int rows, int codes, ReadOnlySpan<int> depths)
    {
        if (stages.IsEmpty) throw new ArgumentException("A quantiser needs at least one stage.", nameof(stages));
        foreach (var stage in stages)
            if (stage.Inward is null != stage.Outward is null) throw new ArgumentException($"{stage.Codebook.Name} has one projection; allowed: none or both.", nameof(stages));
        if (codes != (long)rows * stages.Length) throw new ArgumentException($"A buffer for {codes} codes; {rows} rows in {stages.Length} stages need {(long)rows * stages.Length}.", nameof(codes));
        if (!depths.IsEmpty && depths.Length != rows) throw new ArgumentException($"{depths.Length} depths for {rows} rows.", nameof(depths));
    }
}

/// <summary>x · Weightᵀ + Bias; Weight [out, in] or [out, in, 1], optionally a <see cref="NormedWeight"/>.</summary>
public sealed record Projection(IWeight Weight, IWeight? Bias = null);
