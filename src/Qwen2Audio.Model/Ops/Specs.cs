namespace Qwen2Audio.Model.Ops;

/// <summary>
/// Element-wise functions. <see cref="Gelu"/> is the exact form with the error function; <see cref="Elu"/> is x for x &gt; 0, otherwise eˣ − 1.
/// </summary>
public enum Activation { Gelu, Silu, Relu, Elu, Tanh }

/// <summary>
/// Scaled dot-product attention: query head h uses key/value head ⌊h / (Heads / KvHeads)⌋; scores are multiplied by 1/√HeadDim.
/// A query attends to keys of its own sequence; if <paramref name="Causal"/>, only at its own and earlier positions; with
/// <paramref name="Window"/> &gt; 0, only fewer than Window positions back.
/// </summary>
public readonly record struct AttentionSpec(int Heads, int KvHeads, int HeadDim, bool Causal, int Window = 0)
{
    /// <summary>
    /// Rows of a chunk. Positions count as ⌊position / Chunk⌋ for Causal and Window: a query attends to its whole chunk, and to those before.
    /// With a state, pieces must begin and end where chunks do; only the last one of a sequence may end within one.
    /// </summary>
    public int Chunk { get; init; } = 1;

    /// <summary>Rows that a state keeps for the first row of a chunk, itself included; 0: all.</summary>
    public int StateWindow => Window == 0 ? 0 : (Window - 1) * Chunk + 1;

    /// <summary>Site of the probabilities; null: none.</summary>
    public Site? Probabilities { get; init; }
}

/// <summary>
/// Routing: softmax over all experts; the <paramref name="ExpertsPerToken"/> largest are used, renormalised only with
/// <paramref name="NormaliseTopK"/>.
/// </summary>
public readonly record struct MoeSpec(int ExpertsPerToken, bool NormaliseTopK)
{
    /// <summary>Site of the router's logits; null: none.</summary>
    public Site? Router { get; init; }
}
