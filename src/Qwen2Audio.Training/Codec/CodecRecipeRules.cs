using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model.FrameCodec;
using static Qwen2Audio.Training.Recipes.RecipeRanges;

namespace Qwen2Audio.Training.Codec;

/// <summary>The ranges of a codec recipe's settings.</summary>
internal static class CodecRecipeRules
{
    public static IEnumerable<string> Problems(CodecRecipe recipe)
    {
        foreach (var problem in AtLeast("seed", recipe.Seed, 0)) yield return problem;
        foreach (var problem in Data(recipe.Data)) yield return problem;
        foreach (var problem in Model(recipe.Model)) yield return problem;
        foreach (var problem in Quantiser(recipe.Quantiser, recipe.Model.Books)) yield return problem;
        foreach (var problem in Losses(recipe.Losses)) yield return problem;
        if (recipe.Discriminator is { } discriminator)
            foreach (var problem in Discriminator(discriminator, CropSamples(recipe))) yield return problem;
        foreach (var problem in recipe.Optimizer.Problems()) yield return problem;
        if (recipe.Losses.NeedTeacher != recipe.Teacher.Length > 0)
            yield return "losses.content, losses.perceptual or losses.posteriors, and teacher: both are needed for a loss by a recogniser";
        if (recipe.Teacher.Length > 0 && recipe.Model.SamplingRate != LogMel.SampleRate) yield return $"model.sampling_rate is {recipe.Model.SamplingRate}: {LogMel.SampleRate} is allowed with a teacher";
        if (recipe.Phases.Length == 0) yield return "phases is empty: give at least one";
        for (var i = 0; i < recipe.Phases.Length; i++)
            foreach (var problem in Phase($"phases[{i}]", recipe.Phases[i], recipe)) yield return problem;
        if (recipe is { InitialiseFrom: "", Phases: [{ DecoderOnly: true }, ..] }) yield return "phases[0].decoder_only is true: name initialise_from, or encoder and codebooks would stay random";
        foreach (var problem in Share("initial_share", recipe.InitialShare)) yield return problem;
        if (recipe.InitialShare > 0 && recipe.Phases.Any(phase => !phase.DecoderOnly)) yield return $"initial_share is {recipe.InitialShare}: 0 is allowed unless every phase has decoder_only";
        foreach (var problem in recipe.Checkpoints.Problems()) yield return problem;
    }

    /// <summary>Number of samples of a crop, in whole frames.</summary>
    public static int CropSamples(CodecRecipe recipe)
    {
        var hop = recipe.Model.Hop;
        return Math.Max(1, (int)Math.Round(recipe.Data.CropSeconds * recipe.Model.SamplingRate / hop)) * hop;
    }

    private static IEnumerable<string> Data(CodecDataRecipe data)
    {
        if (data.Manifests.Length == 0) yield return "data.manifests is empty: name at least one manifest";
        foreach (var problem in Between("data.batch", data.Batch, 1, 4096)) yield return problem;
        foreach (var problem in Between("data.crop_seconds", data.CropSeconds, 0.01, 60)) yield return problem;
        foreach (var problem in Between("data.least_gain", data.LeastGain, -60, 60)) yield return problem;
        foreach (var problem in Between("data.most_gain", data.MostGain, -60, 60)) yield return problem;
        if (data.MostGain < data.LeastGain) yield return $"data.most_gain is {data.MostGain}: at least least_gain ({data.LeastGain}) is allowed";
        foreach (var problem in Between("data.validation_clips", data.ValidationClips, 0, 1 << 20)) yield return problem;
        foreach (var problem in Between("data.max_skipped_percent", data.MaxSkippedPercent, 0, 100)) yield return problem;
    }

    private static IEnumerable<string> Model(FrameCodecConfig model)
    {
        try
        {
            ConfigObject.Parse(FrameCodecConfigFile.Write(model).ToJsonString(), "model").Build(FrameCodecConfigFile.Read);
            return [];
        }
        catch (ConfigException exception)
        {
            return exception.Problems.Select(problem => $"model{problem.Place.TrimStart('$')} is {problem.Found}: {problem.Allowed} is allowed");
        }
    }

    private static IEnumerable<string> Quantiser(CodebookRecipe quantiser, int books)
    {
        foreach (var problem in Between("quantiser.decay", quantiser.Decay, 0, 0.999999)) yield return problem;
        foreach (var problem in Between("quantiser.epsilon", quantiser.Epsilon, 0, 1)) yield return problem;
        foreach (var problem in Between("quantiser.start_frames", quantiser.StartFrames, 1, 1 << 20)) yield return problem;
        foreach (var problem in Between("quantiser.start_iterations", quantiser.StartIterations, 0, 1000)) yield return problem;
        foreach (var (name, value) in new[] { ("restart_below", quantiser.RestartBelow), ("restart_count", quantiser.RestartCount), ("dropout_share", quantiser.DropoutShare) })
            foreach (var problem in Share($"quantiser.{name}", value)) yield return problem;
        if (quantiser.DropoutBooks is []) yield return "quantiser.dropout_books is empty: give at least one number, or leave it out";
        foreach (var used in quantiser.DropoutBooks ?? [])
            foreach (var problem in Between("quantiser.dropout_books", used, 1, books)) yield return problem;
        if (quantiser.RestartBelow > 0 && quantiser.RestartCount <= quantiser.RestartBelow)
            yield return $"quantiser.restart_count is {quantiser.RestartCount}: more than restart_below ({quantiser.RestartBelow}) is allowed, otherwise entries would be reset at every step";
    }

    private static IEnumerable<string> Losses(CodecLossRecipe losses)
    {
        foreach (var (name, value) in new[]
        {
            ("waveform", losses.Waveform), ("mel", losses.Mel), ("log_magnitude", losses.LogMagnitude), ("convergence", losses.Convergence), ("dac_mel", losses.DacMel),
            ("commitment", losses.Commitment), ("content", losses.Content), ("perceptual", losses.Perceptual), ("posteriors", losses.Posteriors), ("adversarial", losses.Adversarial), ("feature_matching", losses.FeatureMatching),
        })
            foreach (var problem in Between($"losses.{name}", value, 0, 1000)) yield return problem;
        if (losses.Waveform + losses.Mel + losses.LogMagnitude + losses.Convergence + losses.DacMel <= 0) yield return "losses: at least one that compares audio is needed, such as mel";
        foreach (var window in losses.MelWindows.Concat(losses.StftWindows))
            foreach (var problem in Between("losses: a window", window, 8, 1 << 16)) yield return problem;
        foreach (var block in losses.PerceptualBlocks ?? [])
            foreach (var problem in Between("losses.perceptual_blocks", block, 1, 1024)) yield return problem;
        if (losses.PerceptualBlocks is not null && losses.Perceptual == 0) yield return "losses.perceptual_blocks is given: losses.perceptual more than 0 is needed with it";
        if (losses.MelBins.Length != losses.MelWindows.Length)
            yield return $"losses.mel_bins has {losses.MelBins.Length} numbers: one for each of mel_windows ({losses.MelWindows.Length}) is allowed";
        foreach (var bins in losses.MelBins)
            foreach (var problem in Between("losses.mel_bins", bins, 1, 512)) yield return problem;
        if (losses.MelWindows.Length == 0 && losses.Mel + losses.DacMel > 0) yield return "losses.mel_windows is empty: give at least one, or set mel and dac_mel to 0";
        if (losses.StftWindows.Length == 0 && losses.LogMagnitude + losses.Convergence > 0)
            yield return "losses.stft_windows is empty: give at least one, or set log_magnitude and convergence to 0";
    }

    private static IEnumerable<string> Discriminator(CodecDiscriminatorRecipe discriminator, int samples)
    {
        if (discriminator.Periods.Length + discriminator.Windows.Length == 0) yield return "discriminator.periods and discriminator.windows are empty: give at least one";
        foreach (var window in discriminator.Windows)
            if (window < 16 || window > samples || window % 4 > 0) yield return $"discriminator.windows is {window}: a multiple of 4 from 16 to {samples}, the samples of a crop, is allowed";
        foreach (var period in discriminator.Periods)
            foreach (var problem in Between("discriminator.periods", period, 1, 4096)) yield return problem;
        foreach (var problem in Between("discriminator.channels", discriminator.Channels, 1, 4096)) yield return problem;
        foreach (var problem in Between("discriminator.layers", discriminator.Layers, 1, 8)) yield return problem;
        foreach (var problem in Between("discriminator.learning_rate", discriminator.LearningRate, 1e-12, 10)) yield return problem;
    }

    private static IEnumerable<string> Phase(string name, CodecPhaseRecipe phase, CodecRecipe recipe)
    {
        foreach (var problem in phase.Problems(name)) yield return problem;
        if (phase.Adversarial && recipe.Discriminator is null) yield return $"{name}.adversarial is true: give the section discriminator";
        if (phase.DecoderOnly && recipe.Losses.Content > 0) yield return $"{name}.decoder_only is true, and losses.content is {recipe.Losses.Content}: 0 is allowed, since codebooks that stay as they are do not learn from it";
    }
}
