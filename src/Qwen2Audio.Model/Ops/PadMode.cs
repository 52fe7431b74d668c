namespace Qwen2Audio.Model.Ops;

/// <summary>What stands before and after a sequence.</summary>
public enum PadMode
{
    /// <summary>Zeros.</summary>
    Zeros,

    /// <summary>The sequence's first row before it, its last row after it; zeros where it has none.</summary>
    Replicate,

    /// <summary>
    /// The sequence mirrored, its edge not repeated. One that is no longer than the larger pad is first made longer by zeros, to a row
    /// more than the pad, and as many rows are cut from the right end afterwards (EnCodec).
    /// </summary>
    Reflect,
}
