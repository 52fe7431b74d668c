namespace Qwen2Audio.Model.Ops;

/// <summary>
/// Element-wise functions. <see cref="Gelu"/> is the exact form with the error function; <see cref="Elu"/> is x for x &gt; 0, else eˣ − 1.
/// </summary>
public enum Activation { Gelu, Silu, Relu, Elu, Tanh }

/// <summary>
/// Scaled dot-product attention: query head h reads key/value head ⌊h / (Heads / KvHeads)⌋, scores are multiplied by 1/√HeadDim.
/// A key is seen when it belongs to the query's sequence and, if <paramref name="Causal"/>, its position is not later and, with
/// <paramref name="Window"/> &gt; 0, lies less than Window positions back.
/// </summary>
public readonly record struct AttentionSpec(int Heads, int KvHeads, int HeadDim, bool Causal, int Window = 0)
{
    /// <summary>Where the probabilities are tapped; null: nowhere.</summary>
    public Site? Probabilities { get; init; }
}

/// <summary>
/// Routing: softmax over all experts, the <paramref name="ExpertsPerToken"/> largest, divided by their sum only with
/// <paramref name="NormaliseTopK"/>.
/// </summary>
public readonly record struct MoeSpec(int ExpertsPerToken, bool NormaliseTopK)
{
    /// <summary>Where the router's logits are tapped; null: nowhere.</summary>
    public Site? Router { get; init; }
}
