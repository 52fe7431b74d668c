using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Model.AudioEncoder;

/// <summary>
/// Sizes of a Whisper-type audio encoder, names as published. The fields from <see cref="Conv1Stride"/> on are ours: their defaults
/// are what published checkpoints are, other values are what our small models add (ARCHITECTURE.md).
/// </summary>
public sealed record AudioEncoderConfig
{
    public required int NumMelBins { get; init; }

    public required int DModel { get; init; }

    public required int EncoderLayers { get; init; }

    public required int EncoderAttentionHeads { get; init; }

    public required int EncoderFfnDim { get; init; }

    /// <summary>Most rows after the convolutions: rows of the position table, or the longest clip with rotary positions.</summary>
    public required int MaxSourcePositions { get; init; }

    public Activation ActivationFunction { get; init; } = Activation.Gelu;

    /// <summary>Step of the first convolution over mel frames.</summary>
    public int Conv1Stride { get; init; } = 1;

    /// <summary>Step of the second convolution.</summary>
    public int Conv2Stride { get; init; } = 2;

    /// <summary>The mean of pairs of rows in front of the final norm; Whisper has none.</summary>
    public bool AveragePooling { get; init; } = true;

    /// <summary>A LayerNorm after the convolutions.</summary>
    public bool ConvLayerNorm { get; init; }

    /// <summary>Taps of a residual depthwise convolution over time in front of each block's attention; 0: none.</summary>
    public int TimeKernelSize { get; init; }

    /// <summary>Rotary positions in the blocks' attention instead of a table added to the rows.</summary>
    public bool RotaryPositions { get; init; }

    /// <summary>Classes of the CTC head on the final norm, the blank (class 0) included; 0: no head.</summary>
    public int CtcVocabSize { get; init; }

    /// <summary>Classes of the auxiliary phone CTC head, the blank (class 0) included; 0: no head.</summary>
    public int PhoneVocabSize { get; init; }

    /// <summary>Blocks below the phone head.</summary>
    public int PhoneLayers { get; init; }
}
