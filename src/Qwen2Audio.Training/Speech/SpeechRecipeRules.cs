using Qwen2Audio.Formats.Shards;
using Qwen2Audio.Training.Speech.Features;
using Qwen2Audio.Training.Speech.Sampling;
using static Qwen2Audio.Training.Recipes.RecipeRanges;

namespace Qwen2Audio.Training.Speech;

/// <summary>
/// The ranges of a recipe's settings. The upper limits are far beyond usual sizes and only prevent runs that could never
/// finish.
/// </summary>
internal static class SpeechRecipeRules
{
    /// <summary>Encoder rows of a short clip with its padding; a model with fewer positions cannot be loaded.</summary>
    private const int MinSourcePositions = 25;

    public static IEnumerable<string> Problems(SpeechRecipe recipe)
    {
        if (recipe.Data.Manifests.Length == 0) yield return "data.manifests is empty: name at least one manifest";
        if (recipe.Data is { LetterToSound: true, Dictionaries: [] }) yield return "data.letter_to_sound is true, and data.dictionaries is empty: name the dictionaries to learn from";
        foreach (var problem in Model(recipe.Model)) yield return problem;
        foreach (var problem in AtLeast("seed", recipe.Seed, 0)) yield return problem;
        foreach (var problem in Between("data.frames_per_batch", recipe.Data.FramesPerBatch, 100, 100_000)) yield return problem;
        foreach (var problem in Datasets(recipe.Data)) yield return problem;
        foreach (var problem in Share("data.classify_share", recipe.Data.ClassifyShare)) yield return problem;
        foreach (var problem in Between("data.max_skipped_percent", recipe.Data.MaxSkippedPercent, 0, 100)) yield return problem;
        foreach (var problem in Between("tokenizer.merges", recipe.Tokenizer.Merges, 0, 50_000)) yield return problem;
        if (recipe.Streaming is { } streaming)
        {
            if (streaming.ChunkRows is < 2 or > 1000 || streaming.ChunkRows % 2 != 0)
                yield return $"streaming.chunk_rows is {streaming.ChunkRows}: an even number from 2 to 1000 is allowed";
            if (2 * streaming.ChunkRows > recipe.Model.MaxSourcePositions)
                yield return $"streaming.chunk_rows is {streaming.ChunkRows}: at most half of model.max_source_positions ({recipe.Model.MaxSourcePositions}) is allowed";
            foreach (var problem in Between("streaming.left_chunks", streaming.LeftChunks, 0, 1000)) yield return problem;
            foreach (var problem in Share("streaming.share", streaming.Share)) yield return problem;
        }

        if (recipe.Model is { FreezeEncoder: true, InitialiseFrom: null }) yield return "model.freeze_encoder is true, and model.initialise_from names no model to take the encoder from";
        foreach (var problem in recipe.Speak?.Problems() ?? []) yield return problem;
        if (recipe.Speak is { Alignments: [] } && (recipe.Model.InitialiseFrom is null || recipe.Data.Dictionaries.Length == 0 || recipe.Data.Manifests.Any(ShardPattern.Is)))
            yield return "speak.alignments is empty: name the files that the command align wrote; or to have the recordings aligned, name model.initialise_from and data.dictionaries, and manifests instead of shards";
        foreach (var problem in recipe.Checkpoints.Problems()) yield return problem;
        foreach (var problem in recipe.Optimizer.Problems()) yield return problem;
        if (recipe.Phases.Length == 0) yield return "phases is empty: give at least one";
        for (var i = 0; i < recipe.Phases.Length; i++)
            foreach (var problem in Phase($"phases[{i}]", recipe.Phases[i])) yield return problem;
    }

    private static IEnumerable<string> Model(ModelRecipe model)
    {
        const int width = 16_384;
        const int layers = 256;
        (string Name, int Value, int Most)[] sizes =
        [
            ("encoder_width", model.EncoderWidth, width), ("encoder_layers", model.EncoderLayers, layers),
            ("encoder_heads", model.EncoderHeads, width), ("encoder_ffn", model.EncoderFfn, 4 * width), ("decoder_width", model.DecoderWidth, width),
            ("decoder_layers", model.DecoderLayers, layers), ("decoder_heads", model.DecoderHeads, width), ("decoder_kv_heads", model.DecoderKvHeads, width),
            ("experts", model.Experts, 1024), ("experts_per_token", model.ExpertsPerToken, 1024), ("expert_width", model.ExpertWidth, 4 * width),
        ];
        foreach (var (name, value, most) in sizes)
            foreach (var problem in Between("model." + name, value, 1, most)) yield return problem;
        foreach (var problem in Between("model.mel_bins", model.MelBins, MelFrames.Bins, MelFrames.Bins)) yield return problem;
        foreach (var problem in Between("model.max_source_positions", model.MaxSourcePositions, MinSourcePositions, 1 << 20)) yield return problem;
        foreach (var problem in Between("model.shared_expert_width", model.SharedExpertWidth, 0, 4 * width)) yield return problem;
        if (model.TimeKernel is < 0 or > 1001 || (model.TimeKernel > 0 && model.TimeKernel % 2 == 0))
            yield return $"model.time_kernel is {model.TimeKernel}: 0 (none) or an odd number up to 1001 is allowed";
        if (sizes.Any(size => size.Value < 1)) yield break;
        if (model.EncoderWidth % (2 * model.EncoderHeads) != 0)
            yield return $"model.encoder_width is {model.EncoderWidth}: it must be a multiple of 2 × encoder_heads ({model.EncoderHeads})";
        if (model.DecoderWidth % (2 * model.DecoderHeads) != 0)
            yield return $"model.decoder_width is {model.DecoderWidth}: it must be a multiple of 2 × decoder_heads ({model.DecoderHeads})";
        if (model.DecoderHeads % model.DecoderKvHeads != 0)
            yield return $"model.decoder_heads is {model.DecoderHeads}: it must be a multiple of decoder_kv_heads ({model.DecoderKvHeads})";
        if (model.ExpertsPerToken > model.Experts)
            yield return $"model.experts_per_token is {model.ExpertsPerToken}: at most experts ({model.Experts})";
        if (model.PhoneLayers < 0 || model.PhoneLayers > model.EncoderLayers)
            yield return $"model.phone_layers is {model.PhoneLayers}: 0…{model.EncoderLayers} is allowed";
    }

    private static IEnumerable<string> Datasets(DataRecipe data)
    {
        var takers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, dataset) in data.Datasets)
        {
            var place = $"data.datasets.{name}";
            if (name == DrawSource.Noise) yield return $"{place}: this name is reserved for generated noise; choose another, and give {name} in from";
            foreach (var taken in SpeechDatasets.From(name, dataset))
                if (!takers.TryAdd(taken, name)) yield return $"data.datasets: {takers[taken]} and {name} both take the manifests' {taken}; one of them may";
            foreach (var problem in Between($"{place}.text_weight", dataset.TextWeight, 0, 1_000_000)) yield return problem;
            foreach (var problem in Between($"{place}.decoder_weight", dataset.DecoderWeight, 0, 1000)) yield return problem;
            foreach (var problem in Between($"{place}.synthetic", dataset.Synthetic, 0, 1_000_000)) yield return problem;
            foreach (var (setting, isSet) in new[] { ("tight", dataset.Tight), ("narrow_band", dataset.NarrowBand) })
                if (isSet && dataset.Kind is DatasetKind.Sounds or DatasetKind.Unused) yield return $"{place}.{setting} is for speech, and its kind is {SpeechDatasets.Name(dataset.Kind)}";
            if (dataset.Synthetic == 0) continue;
            if (dataset.Kind is not (DatasetKind.Spelled or DatasetKind.Digits or DatasetKind.Keywords)) yield return $"{place}.synthetic: clips of kind spelled, digits and keywords can be made, not {SpeechDatasets.Name(dataset.Kind)}";
            if (dataset.From.Length > 0) yield return $"{place} has synthetic and from: one of them is allowed";
            if (data.Synthetic is null) yield return $"{place}.synthetic needs data.synthetic: the folder in which clips are made";
            if (data.Datasets.First(other => other.Value.Synthetic > 0 && other.Value.Kind == dataset.Kind).Key is var first && first != name)
                yield return $"data.datasets: {first} and {name} are both synthetic {SpeechDatasets.Name(dataset.Kind)}, and would be the same; one of them may be";
        }

        if (data.Synthetic is { } synthetic)
        {
            foreach (var problem in AtLeast("data.synthetic.seed", synthetic.Seed, 0)) yield return problem;
            if (synthetic.Folder.Length == 0) yield return "data.synthetic.folder is missing";
        }
    }

    private static IEnumerable<string> Phase(string name, PhaseRecipe phase)
    {
        foreach (var problem in phase.Problems(name)) yield return problem;
        if (phase.MaxSeconds is { } longest)
            foreach (var problem in Between(name + ".max_seconds", longest, 0.1, 1e6)) yield return problem;
        if (phase.WarmupRatio is { } ratio)
        {
            foreach (var problem in Share(name + ".warmup_ratio", ratio)) yield return problem;
            if (phase.WarmupSteps > 0) yield return $"{name} has warmup_steps and warmup_ratio: one of them is allowed";
        }

        foreach (var problem in AtLeast(name + ".ramp_steps", phase.RampSteps, 0)) yield return problem;
        foreach (var problem in Between(name + ".dropout", phase.Dropout, 0, 0.9)) yield return problem;
        foreach (var (setting, value) in new[]
        {
            ("augmentation", phase.Augmentation), ("label_smoothing", phase.LabelSmoothing),
            ("token_noise", phase.TokenNoise), ("ctc_start", phase.CtcStart), ("ctc_weight", phase.CtcWeight),
        })
            foreach (var problem in Share($"{name}.{setting}", value)) yield return problem;
        foreach (var (setting, value) in new[]
        {
            ("decoder_weight", phase.DecoderWeight), ("phone_weight", phase.PhoneWeight), ("balance_weight", phase.BalanceWeight),
            ("router_z_weight", phase.RouterZWeight),
        })
            foreach (var problem in Between($"{name}.{setting}", value, 0, 1000)) yield return problem;
    }
}
