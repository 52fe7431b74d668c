namespace Qwen2Audio.Model.Codec;

/// <summary>Sizes of the causal transformers after a codec's encoder and before its decoder (Mimi).</summary>
public sealed record CodecTransformerConfig
{
    /// <summary>Layers of each transformer.</summary>
    public required int Layers { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads.</summary>
    public required int KvHeads { get; init; }

    /// <summary>Width of a head.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Inner width of the MLP.</summary>
    public required int Inner { get; init; }

    /// <summary>Attention window in rows, including the row itself; 0: all earlier rows.</summary>
    public required int Window { get; init; }

    /// <summary>Added to the variance of the norms.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>Base of the rotary positions.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>Whether attention projections have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Activation of the MLP.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;
}
