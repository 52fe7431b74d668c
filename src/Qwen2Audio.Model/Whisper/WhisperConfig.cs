using Qwen2Audio.Model.AudioEncoder;

namespace Qwen2Audio.Model.Whisper;

/// <summary>Sizes of a Whisper model, from config.json; published names in Pascal case.</summary>
public sealed record WhisperConfig
{
    /// <summary>The encoder: that of Qwen2-Audio without averaging of row pairs.</summary>
    public required AudioEncoderConfig Encoder { get; init; }

    public required int VocabSize { get; init; }

    public required int DecoderLayers { get; init; }

    public required int DecoderAttentionHeads { get; init; }

    public required int DecoderFfnDim { get; init; }

    /// <summary>Maximum tokens of a sequence: size of the decoder's position table.</summary>
    public required int MaxTargetPositions { get; init; }

    /// <summary>The first token of every sequence.</summary>
    public required int DecoderStartTokenId { get; init; }

    public Activation ActivationFunction { get; init; } = Activation.Gelu;

    /// <summary>Whether the output layer shares the token embeddings.</summary>
    public bool TieWordEmbeddings { get; init; } = true;

    /// <summary>Width of encoder and decoder.</summary>
    public int DModel => Encoder.DModel;

    /// <summary>Width of one head of the decoder.</summary>
    public int DecoderHeadDim => DModel / DecoderAttentionHeads;
}
