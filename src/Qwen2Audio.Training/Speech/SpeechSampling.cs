using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech.Augmentations;
using Qwen2Audio.Training.Speech.Sampling;

namespace Qwen2Audio.Training.Speech;

/// <summary>Creates the batch sampler of a recipe.</summary>
internal static class SpeechSampling
{
    /// <summary>Batches of a recipe; batch i belongs to step i.</summary>
    /// <exception cref="RunException">A dataset to be drawn has no usable clip.</exception>
    public static BatchSampler Sampler(SpeechRecipe recipe, SpeechCorpus corpus)
    {
        var unusable = recipe.Phases.SelectMany(phase => phase.Draws.Keys).Where(name => name != DrawSource.Noise).Distinct(StringComparer.Ordinal)
            .FirstOrDefault(name => corpus.Clips.All(clip => corpus.Datasets.NameOf(clip.Row.Dataset) != name));
        if (unusable is not null) throw new RunException($"the recipe's draws name {unusable}, which has no usable clip.");
        foreach (var phase in recipe.Phases.Where(phase => phase.MaxSeconds is not null))
            foreach (var name in phase.Draws.Where(draw => draw.Value > 0 && draw.Key != DrawSource.Noise).Select(draw => draw.Key))
                if (corpus.Clips.All(clip => corpus.Datasets.NameOf(clip.Row.Dataset) != name || clip.Frames > Frames(phase)))
                    throw new RunException($"the recipe's draws name {name}, which has no clip as short as max_seconds, {phase.MaxSeconds}.");
        return new BatchSampler(
            new ExampleBuilder(corpus.Datasets, corpus.Clips, corpus.Scale, new AugmentationOptions(), (ulong)recipe.Seed), SamplerOptions(recipe));
    }

    private static int Frames(PhaseRecipe phase) => phase.MaxSeconds is { } seconds ? (int)Math.Ceiling(100 * seconds) : int.MaxValue;

    private static BatchSamplerOptions SamplerOptions(SpeechRecipe recipe)
    {
        var phases = new List<SamplingPhase>();
        long first = 0;
        foreach (var phase in recipe.Phases)
        {
            phases.Add(new SamplingPhase
            {
                FirstBatch = first,
                Weights = phase.Draws,
                MaxFrames = Frames(phase),
                Classify = recipe.Data.ClassifyShare,
                FirstStrength = phase.RampSteps == 0 ? phase.Augmentation : 0,
                LastStrength = phase.Augmentation,
                RampBatches = phase.RampSteps,
            });
            first += phase.Steps;
        }

        return new BatchSamplerOptions { MaxFrames = recipe.Data.FramesPerBatch, Seed = (ulong)recipe.Seed, Phases = phases };
    }
}
