using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Model.Whisper;

/// <summary>Sizes of a Whisper model, from config.json; names as published (in this language's case).</summary>
public sealed record WhisperConfig
{
    /// <summary>The encoder: Qwen2-Audio's without the mean of pairs of rows.</summary>
    public required AudioEncoderConfig Encoder { get; init; }

    public required int VocabSize { get; init; }

    public required int DecoderLayers { get; init; }

    public required int DecoderAttentionHeads { get; init; }

    public required int DecoderFfnDim { get; init; }

    /// <summary>Most tokens of a sequence: rows of the decoder's position table.</summary>
    public required int MaxTargetPositions { get; init; }

    /// <summary>The token that every sequence begins with.</summary>
    public required int DecoderStartTokenId { get; init; }

    public Activation ActivationFunction { get; init; } = Activation.Gelu;

    /// <summary>The output layer is the table of token embeddings.</summary>
    public bool TieWordEmbeddings { get; init; } = true;

    /// <summary>Width of encoder and decoder.</summary>
    public int DModel => Encoder.DModel;

    /// <summary>Width of one head of the decoder.</summary>
    public int DecoderHeadDim => DModel / DecoderAttentionHeads;
}
