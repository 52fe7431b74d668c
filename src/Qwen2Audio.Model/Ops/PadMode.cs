namespace Qwen2Audio.Model.Ops;

/// <summary>The content of a convolution's padding.</summary>
public enum PadMode
{
    /// <summary>Zeros.</summary>
    Zeros,

    /// <summary>The first row before the sequence, the last row after it; zeros for an empty sequence.</summary>
    Replicate,

    /// <summary>
    /// The sequence mirrored without repeating its edge row. A sequence not longer than the larger pad is first extended by zeros to
    /// one row more than the pad; as many rows are removed on the right afterwards (EnCodec).
    /// </summary>
    Reflect,
}
