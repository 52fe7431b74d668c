namespace Qwen2Audio.Numerics.Attention;

/// <summary>The rows of one sequence in <see cref="ScaledDotProductAttention"/>. Any row stride is allowed, so heads can be views of wider rows.</summary>
public readonly struct AttentionSegment
{
    /// <summary>Queries [queries, heads · dim].</summary>
    public Matrix Q { get; init; }

    /// <summary>Keys [keys, kv heads · dim].</summary>
    public Matrix K { get; init; }

    /// <summary>Values [keys, kv heads · dim].</summary>
    public Matrix V { get; init; }

    /// <summary>Result of the forward pass [queries, heads · dim].</summary>
    public Matrix Y { get; init; }

    /// <summary>Position of query 0 minus position of key 0.</summary>
    public int Offset { get; init; }

    /// <summary>log Σ exp of each query's scaled scores [heads, queries]: written by the forward pass, read by the backward pass; may
    /// be left out when there is no backward pass. −∞ where a query sees no key.</summary>
    public Matrix LogSumExp { get; init; }

    /// <summary>Gradient of <see cref="Y"/>, read by the backward pass.</summary>
    public Matrix DY { get; init; }

    /// <summary>The backward pass adds the gradient of <see cref="Q"/> here.</summary>
    public Matrix DQ { get; init; }

    /// <summary>The backward pass adds the gradient of <see cref="K"/> here.</summary>
    public Matrix DK { get; init; }

    /// <summary>The backward pass adds the gradient of <see cref="V"/> here.</summary>
    public Matrix DV { get; init; }
}
