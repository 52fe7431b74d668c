namespace Qwen2Audio.Model.Ops;

/// <summary>
/// A stage of a residual quantiser (<see cref="IOps{T}.Quantise"/>). Without projections it takes the entry nearest to what is left of a row
/// (EnCodec, Mimi); with both it is factorised: what is left is projected to the width of the entries, the entry nearest in direction is
/// taken, not its length, and it is projected back (DAC).
/// </summary>
/// <param name="Codebook">[entries, dim].</param>
/// <param name="Inward">[rows, width] → [rows, dim].</param>
/// <param name="Outward">[rows, dim] → [rows, width].</param>
public sealed record QuantiserStage(IWeight Codebook, Projection? Inward = null, Projection? Outward = null)
{
    /// <summary>Whether codes and depths fit: the same check in every operator set.</summary>
    /// <exception cref="ArgumentException">There is no stage, one has a single projection, or there are other numbers of codes or depths than rows need.</exception>
    public static void Check(ReadOnlySpan<QuantiserStage> stages, int rows, int codes, ReadOnlySpan<int> depths)
    {
        if (stages.IsEmpty) throw new ArgumentException("A quantiser has one stage at least.", nameof(stages));
        foreach (var stage in stages)
            if (stage.Inward is null != stage.Outward is null) throw new ArgumentException($"{stage.Codebook.Name} has one projection; none or both are needed.", nameof(stages));
        if (codes != (long)rows * stages.Length) throw new ArgumentException($"Room for {codes} codes; {rows} rows in {stages.Length} stages need {(long)rows * stages.Length}.", nameof(codes));
        if (!depths.IsEmpty && depths.Length != rows) throw new ArgumentException($"{depths.Length} depths for {rows} rows.", nameof(depths));
    }
}

/// <summary>x · Weightᵀ + Bias; Weight [out, in] or [out, in, 1], which may be a <see cref="NormedWeight"/>.</summary>
public sealed record Projection(IWeight Weight, IWeight? Bias = null);
