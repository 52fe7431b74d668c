namespace Qwen2Audio.Model.Codec;

/// <summary>How a codec chooses entries for a frame.</summary>
public enum QuantiserForm
{
    /// <summary>Residual, the nearest entry (EnCodec).</summary>
    Euclidean,

    /// <summary>Residual, projected for each stage, the entry nearest in direction (DAC).</summary>
    Factorised,

    /// <summary>Two residual quantisers side by side, each between projections of its own: a semantic and an acoustic one (Mimi).</summary>
    Split,
}
