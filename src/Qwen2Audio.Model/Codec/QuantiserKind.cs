namespace Qwen2Audio.Model.Codec;

/// <summary>How a codec quantises a frame.</summary>
public enum QuantiserKind
{
    /// <summary>Residual, with the nearest entry (EnCodec).</summary>
    Euclidean,

    /// <summary>Residual, with projections in each stage and the entry nearest in direction (DAC).</summary>
    Factorised,

    /// <summary>Two parallel residual quantisers, semantic and acoustic, each with its own projections (Mimi).</summary>
    Split,
}
