using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Model;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Model.Synthesis;

namespace Qwen2Audio.Training.Speech;

/// <summary>Converts a recipe's sizes to the model's configuration.</summary>
internal static class SpeechModelSizes
{
    private const int SpokenPositions = 1 << 14; // five and a half minutes of frames

    public static Qwen2AudioConfig Of(ModelRecipe sizes, int textUnits, int audioToken, StreamingRecipe? streaming = null, SynthesisConfig? synthesis = null) => new()
    {
        Synthesis = synthesis,
        AudioTokenIndex = audioToken,
        AudioConfig = new AudioEncoderConfig
        {
            NumMelBins = sizes.MelBins,
            DModel = sizes.EncoderWidth,
            EncoderLayers = sizes.EncoderLayers,
            EncoderAttentionHeads = sizes.EncoderHeads,
            EncoderFfnDim = sizes.EncoderFfn,
            MaxSourcePositions = sizes.MaxSourcePositions,
            Conv1Stride = 2,
            Conv2Stride = 2,
            ConvLayerNorm = true,
            TimeKernelSize = sizes.TimeKernel,
            RotaryPositions = true,
            CtcVocabSize = textUnits,
            PhoneVocabSize = sizes.PhoneLayers > 0 ? PhoneSet.Count : 0,
            PhoneLayers = sizes.PhoneLayers,
            ChunkRows = streaming?.ChunkRows ?? 0,
            LeftChunks = streaming?.LeftChunks ?? 0,
        },
        TextConfig = new Qwen2Config
        {
            VocabSize = synthesis?.Vocabulary ?? textUnits,
            HiddenSize = sizes.DecoderWidth,
            IntermediateSize = 4 * sizes.DecoderWidth,
            NumHiddenLayers = sizes.DecoderLayers,
            NumAttentionHeads = sizes.DecoderHeads,
            NumKeyValueHeads = sizes.DecoderKvHeads,
            RmsNormEps = 1e-6,
            RopeTheta = 10_000,
            MaxPositionEmbeddings = synthesis is null ? 1024 : SpokenPositions,
            TieWordEmbeddings = true,
            MaxWindowLayers = sizes.DecoderLayers,
            Moe = new Qwen2MoeConfig
            {
                NumExperts = sizes.Experts,
                NumExpertsPerTok = sizes.ExpertsPerToken,
                MoeIntermediateSize = sizes.ExpertWidth,
                SharedExpertIntermediateSize = sizes.SharedExpertWidth,
                NormTopkProb = false,
                DecoderSparseStep = 1,
                MlpOnlyLayers = [],
                RouterAuxLossCoef = 0.01,
            },
        },
    };

    /// <summary>Whether a parameter belongs to the encoder or its CTC heads.</summary>
    public static bool IsOfEncoder(Ops.Parameter parameter) => parameter.Name.StartsWith("audio_tower.", StringComparison.Ordinal);

    /// <summary>Whether a parameter has weight decay: matrices do; norms, biases and embeddings do not.</summary>
    public static bool Decays(Ops.Parameter parameter) =>
        parameter.Shape.Count > 1 && !parameter.Name.EndsWith("embed_tokens.weight", StringComparison.Ordinal);
}
