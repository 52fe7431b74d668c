using Qwen2Audio.Model;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Speech;

namespace Qwen2Audio.Training.Tests.Speech;

/// <summary>A small speech model with random weights, and examples for it.</summary>
internal static class TinySpeech
{
    public static PromptTokens Tokens { get; } = new(Audio: 2, Go: 3, End: 1, FirstText: 9, VocabSize: 24);

    /// <summary>The model; the parameters are allocated and filled.</summary>
    public static Qwen2AudioModel Make(ParameterSet parameters, int expertsPerToken)
    {
        var sizes = new ModelRecipe
        {
            MelBins = 8,
            EncoderWidth = 16,
            EncoderLayers = 2,
            EncoderHeads = 2,
            EncoderFfn = 24,
            TimeKernel = 5,
            PhoneLayers = 1,
            DecoderWidth = 16,
            DecoderLayers = 2,
            DecoderHeads = 2,
            DecoderKvHeads = 1,
            Experts = 3,
            ExpertsPerToken = expertsPerToken,
            ExpertWidth = 12,
            SharedExpertWidth = 20,
        };
        var model = new Qwen2AudioModel(SpeechModelSizes.Of(sizes, Tokens.VocabSize, Tokens.Audio), parameters.Weights);
        parameters.Allocate(SpeechModelSizes.Decays);
        Initialisation.Fill(parameters, seed: 5);
        return model;
    }

    /// <summary>Random features and a text with its phones.</summary>
    public static EncodedExample Example(Random random, int frames, int[] text)
    {
        var features = new float[frames * 8];
        for (var i = 0; i < features.Length; i++) features[i] = (float)(2 * random.NextDouble() - 1);
        return new EncodedExample(features, frames, Task: 4, text, text, [.. text.Select(id => id % 39 + 1)]);
    }
}
