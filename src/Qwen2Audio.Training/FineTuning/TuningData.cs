using Qwen2Audio.Formats;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Augmentations;
using Qwen2Audio.Training.Data.Conversations;
using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Recipes;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>The samples of a fine-tuning run.</summary>
public sealed class TuningData
{
    private const int MaxNamed = 5;

    private TuningData(ConversationSet train, DataOrder order, ConversationSet? validation, long steps) =>
        (Train, Order, Validation, Steps) = (train, order, validation, steps);

    /// <summary>Number of steps.</summary>
    public long Steps { get; }

    /// <summary>Number of training samples.</summary>
    public int TrainSamples => Train.Count;

    /// <summary>Number of validation samples.</summary>
    public int ValidationSamples => Validation?.Count ?? 0;

    /// <summary>Training samples.</summary>
    internal ConversationSet Train { get; }

    /// <summary>Which samples each step uses.</summary>
    internal DataOrder Order { get; }

    /// <summary>Validation samples; null: none.</summary>
    internal ConversationSet? Validation { get; }

    /// <summary>All unusable samples.</summary>
    public IReadOnlyList<SkippedSample> Skipped => [.. Train.Skipped, .. Validation?.Skipped ?? []];

    /// <summary>Warnings about unused fields and noise files.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Identity of the noise recordings used in augmentation; null: none.</summary>
    internal string? NoiseIdentity { get; init; }

    /// <summary>Reads and encodes all samples and checks their clips.</summary>
    /// <param name="model">The base model, whose template and tokenizer are used.</param>
    /// <param name="path">Path of the recipe, for messages.</param>
    /// <param name="threads">Number of samples checked in parallel; 0: one per processor.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <exception cref="ConfigException">A file cannot be read, or a line has the wrong form.</exception>
    /// <exception cref="RecipeException">A file is used for both training and validation.</exception>
    /// <exception cref="CorpusException">More samples are unusable than allowed, or all of them.</exception>
    internal static TuningData Load(FineTuningRecipe recipe, BaseModel model, string path, int threads = 0, CancellationToken cancellation = default)
    {
        var (data, batch) = (recipe.Data, recipe.Batch);
        if (data.Train.Intersect(data.Validation, StringComparer.Ordinal).FirstOrDefault() is { } both)
            throw new RecipeException($"{path}: data.validation has {both}, which is also in data.train: a file cannot be used for both training and validation");
        if (model.Audio is null && data.Augmentation is not null)
            throw new RecipeException($"{path}: data.augmentation is for clips; a {model.Description.Kind} model takes none");
        var noise = data.Augmentation is { NoiseSources.Length: > 0 } ? NoiseClips.Open(data.Augmentation.NoiseSources, threads, cancellation) : null;
        var augmentation = data.Augmentation is null ? null : new WaveAugmentation(data.Augmentation, recipe.Seed, noise);
        var options = new ConversationSetOptions
        {
            MaxTokens = Math.Min(data.MaxTokens ?? int.MaxValue, model.Text.MaxPositionEmbeddings),
            MaxRowTokens = batch.Filling == RowFilling.One ? null : batch.RowTokens,
            MaxClipSeconds = model.WindowSeconds,
            Augmentation = augmentation,
            Threads = threads,
        };
        var warnings = new List<string>((noise?.Failures ?? []).Take(MaxNamed).Select(failure => $"no noise of {failure.Row.Path}: {failure.Reason}"));
        if (noise?.Failures.Count > MaxNamed) warnings.Add($"{noise.Failures.Count} noise files cannot be used in total");
        var train = Prepare(recipe, model, data.Train, options, warnings, cancellation);
        var validation = data.Validation.Length == 0 ? null : Prepare(recipe, model, data.Validation, options with { Augmentation = null }, warnings, cancellation);
        var order = new DataOrder(new DataOrderOptions
        {
            Seed = recipe.Seed,
            Shuffle = batch.Shuffle,
            Filling = batch.Filling,
            RowTokens = batch.RowTokens,
            RowsPerStep = batch.Rows,
        }, train.Count, train.Length);
        return new TuningData(train, order, validation, recipe.Steps ?? StepsOf(order, recipe.Epochs ?? 1, batch.Rows))
        {
            NoiseIdentity = noise?.Identity,
            Warnings = warnings,
        };
    }

    private static ConversationSet Prepare(
        FineTuningRecipe recipe, BaseModel model, string[] files, ConversationSetOptions options, List<string> warnings, CancellationToken cancellation)
    {
        ConversationSet set;
        int all;
        if (recipe.Method == FineTuningMethod.Preferences)
        {
            List<ConversationPair> pairs = [.. files.SelectMany(file => ConversationFile.ReadPairs(file, warnings))];
            (set, all) = (ConversationSet.Prepare(pairs, model.Encoder, options, cancellation), pairs.Count);
        }
        else
        {
            List<Conversation> conversations = [.. files.SelectMany(file => ConversationFile.Read(file, warnings))];
            (set, all) = (ConversationSet.Prepare(conversations, model.Encoder, options, cancellation), conversations.Count);
        }

        SkippedClips.Check(set.Skipped, all, recipe.Data.MaxSkippedPercent);
        return set;
    }

    private static long StepsOf(DataOrder order, double epochs, int rowsPerStep)
    {
        var (whole, rows) = ((long)Math.Floor(epochs), 0.0);
        for (long epoch = 0; epoch < whole; epoch++) rows += order.RowsOf(epoch);
        if (epochs > whole) rows += (epochs - whole) * order.RowsOf(whole);
        return Math.Max(1, (long)Math.Ceiling(rows / rowsPerStep));
    }
}
