using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Model.Whisper;

namespace Qwen2Audio.Testing;

/// <summary>Sizes of small models, from which tests make others by <c>with</c>.</summary>
public static class TinyConfigs
{
    /// <summary>A dense decoder.</summary>
    public static Qwen2Config Text { get; } = new()
    {
        VocabSize = 61,
        HiddenSize = 24,
        IntermediateSize = 40,
        NumHiddenLayers = 3,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        RmsNormEps = 1e-6,
        RopeTheta = 10_000,
        MaxPositionEmbeddings = 512,
        TieWordEmbeddings = true,
    };

    public static Qwen2MoeConfig Experts { get; } = new()
    {
        NumExperts = 4,
        NumExpertsPerTok = 2,
        MoeIntermediateSize = 20,
        SharedExpertIntermediateSize = 28,
        NormTopkProb = false,
        DecoderSparseStep = 1,
        MlpOnlyLayers = [],
        RouterAuxLossCoef = 0.01,
    };

    public static WhisperConfig Whisper { get; } = new()
    {
        Encoder = new AudioEncoderConfig
        {
            NumMelBins = 10,
            DModel = 24,
            EncoderLayers = 2,
            EncoderAttentionHeads = 4,
            EncoderFfnDim = 40,
            MaxSourcePositions = 15,
            AveragePooling = false,
        },
        VocabSize = 53,
        DecoderLayers = 3,
        DecoderAttentionHeads = 3,
        DecoderFfnDim = 36,
        MaxTargetPositions = 40,
        DecoderStartTokenId = 1,
    };
}
