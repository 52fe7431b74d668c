namespace Qwen2Audio.Model.AudioEncoder;

/// <summary>
/// Sizes of a Whisper-type audio encoder, with published names. The fields from <see cref="Conv1Stride"/> on are ours: the defaults
/// describe published checkpoints, other values our small models (ARCHITECTURE.md).
/// </summary>
public sealed record AudioEncoderConfig
{
    public required int NumMelBins { get; init; }

    public required int DModel { get; init; }

    public required int EncoderLayers { get; init; }

    public required int EncoderAttentionHeads { get; init; }

    public required int EncoderFfnDim { get; init; }

    /// <summary>Maximum rows after the convolutions: the size of the position table, or the longest clip with rotary positions.</summary>
    public required int MaxSourcePositions { get; init; }

    public Activation ActivationFunction { get; init; } = Activation.Gelu;

    /// <summary>Stride of the first convolution over mel frames.</summary>
    public int Conv1Stride { get; init; } = 1;

    /// <summary>Stride of the second convolution.</summary>
    public int Conv2Stride { get; init; } = 2;

    /// <summary>Whether pairs of rows are averaged before the final norm; Whisper does not.</summary>
    public bool AveragePooling { get; init; } = true;

    /// <summary>Whether a LayerNorm follows the convolutions.</summary>
    public bool ConvLayerNorm { get; init; }

    /// <summary>Kernel size of a residual depthwise convolution over time before each block's attention; 0: none.</summary>
    public int TimeKernelSize { get; init; }

    /// <summary>Whether attention uses rotary positions instead of a position table.</summary>
    public bool RotaryPositions { get; init; }

    /// <summary>Classes of the CTC head on the final norm, including the blank (class 0); 0: no head.</summary>
    public int CtcVocabSize { get; init; }

    /// <summary>Classes of the auxiliary phone CTC head, including the blank (class 0); 0: no head.</summary>
    public int PhoneVocabSize { get; init; }

    /// <summary>Number of blocks before the phone head.</summary>
    public int PhoneLayers { get; init; }

    /// <summary>Rows of a chunk in streaming recognition, for which the encoder was trained; 0: it was trained for whole clips only.</summary>
    public int ChunkRows { get; init; }

    /// <summary>Earlier chunks that a row attends to in streaming recognition.</summary>
    public int LeftChunks { get; init; }

    /// <summary>The chunks of streaming recognition; null: the encoder was trained for whole clips only.</summary>
    public EncoderChunks? Chunks => ChunkRows > 0 ? new EncoderChunks(ChunkRows, LeftChunks) : null;
}
