using System.Text.Json.Serialization;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;
using static Qwen2Audio.Training.Recipes.RecipeRanges;

namespace Qwen2Audio.Training.Synthesis;

/// <summary>All settings for training a model that speaks; read from YAML with <c>task: synthesis</c>.</summary>
[RecipeOf("train", RecipeKind.Synthesis)]
internal sealed record SynthesisRecipe
{
    /// <summary>Seed for initial weights and draws.</summary>
    public long Seed { get; init; }

    public SynthesisDataRecipe Data { get; init; } = new();

    public SynthesisModelRecipe Model { get; init; } = new();

    public OptimizerRecipe Optimizer { get; init; } = new() { Beta1 = 0.9, Beta2 = 0.98, WeightDecay = 0.02, MaxGradientNorm = 1 };

    public SynthesisPhaseRecipe[] Phases { get; init; } = [];

    public CheckpointRecipe Checkpoints { get; init; } = new();

    /// <summary>Steps of all phases.</summary>
    internal long Steps => Phases.Sum(phase => (long)phase.Steps);

    /// <summary>The phase of a step of the run, from 0, and the step with which it begins.</summary>
    internal (int Phase, long First) PhaseOf(long step) => TrainingPhase.Of(Phases, step);

    /// <summary>Reads YAML.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="path">Path of the recipe, for messages and as the base of relative paths.</param>
    /// <param name="run">The run's folder, as the base of stages.</param>
    /// <exception cref="RecipeException">Settings are unknown or out of range; lists all problems.</exception>
    internal static SynthesisRecipe Parse(string text, string path, string? run = null)
    {
        var recipe = RecipeReader.Parse<SynthesisRecipe>(text, path, recipe => recipe.Problems());
        string Full(string file) => RecipePath.Full(file, path, run);
        return recipe with
        {
            Data = recipe.Data with
            {
                Manifests = [.. recipe.Data.Manifests.Select(Full)],
                Alignments = [.. recipe.Data.Alignments.Select(Full)],
                Codec = Full(recipe.Data.Codec),
            },
        };
    }

    private IEnumerable<string> Problems()
    {
        foreach (var problem in AtLeast("seed", Seed, 0)) yield return problem;
        if (Data.Manifests.Length == 0) yield return "data.manifests is empty: name at least one manifest";
        if (Data.Alignments.Length == 0) yield return "data.alignments is empty: name the files that the command align wrote for the manifests";
        if (Data.Codec.Length == 0) yield return "data.codec is empty: name the folder of a codec of ours";
        foreach (var problem in Between("data.frames_per_batch", Data.FramesPerBatch, 1, 1 << 20)) yield return problem;
        foreach (var problem in Between("data.validation_clips", Data.ValidationClips, 0, 1 << 20)) yield return problem;
        foreach (var problem in Between("data.max_skipped_percent", Data.MaxSkippedPercent, 0, 100)) yield return problem;
        foreach (var problem in Model.Problems()) yield return problem;
        foreach (var problem in Optimizer.Problems()) yield return problem;
        if (Phases.Length == 0) yield return "phases is empty: give at least one";
        for (var i = 0; i < Phases.Length; i++)
            foreach (var problem in Phases[i].Problems($"phases[{i}]").Concat(Phases[i].OwnProblems($"phases[{i}]"))) yield return problem;
        foreach (var problem in Checkpoints.Problems()) yield return problem;
    }
}

/// <summary>Recordings, their alignments, and the codec. Paths are relative to the recipe's folder.</summary>
internal sealed record SynthesisDataRecipe
{
    /// <summary>Manifests and shards.</summary>
    public string[] Manifests { get; init; } = [];

    /// <summary>Files of the command align with the phones' times in these recordings.</summary>
    public string[] Alignments { get; init; } = [];

    /// <summary>Folder of the codec, whose tokens are learned.</summary>
    public string Codec { get; init; } = "";

    /// <summary>The split to train on.</summary>
    public string Split { get; init; } = "train";

    /// <summary>A step draws recordings until it has so many frames.</summary>
    public int FramesPerBatch { get; init; } = 1500;

    /// <summary>Number of validation recordings of each dataset that are measured, evenly spaced.</summary>
    [JsonIgnore]
    public int ValidationClips { get; init; } = 30;

    /// <summary>Maximum percentage of unusable rows; above it the run is rejected. Does not change the result.</summary>
    [JsonIgnore]
    public double MaxSkippedPercent { get; init; } = 5;
}

/// <summary>Sizes.</summary>
internal sealed record SynthesisModelRecipe : DecoderRecipe
{
    /// <summary>Number of the codec's codebooks that are spoken.</summary>
    public int Books { get; init; } = 4;

    public int HeadWidth { get; init; } = 256;

    public int DurationWidth { get; init; } = 128;

    internal IEnumerable<string> Problems()
    {
        const int most = 1 << 14;
        foreach (var (name, value, limit) in new[] { ("books", Books, 64), ("head_width", HeadWidth, most), ("duration_width", DurationWidth, most) })
            foreach (var problem in Between($"model.{name}", value, 1, limit)) yield return problem;
        foreach (var problem in SizeProblems()) yield return problem;
        if (DurationWidth % 2 != 0) yield return $"model.duration_width is {DurationWidth}: an even number is allowed";
    }
}

/// <summary>A phase of training: warm-up, then cosine decay. The optimiser's moments continue from the previous phase.</summary>
internal sealed record SynthesisPhaseRecipe : TrainingPhase
{
    public SynthesisPhaseRecipe() => (LearningRate, FinalRatio) = (1.2e-3, 0.02);

    /// <summary>Fraction of the frames that do not see the frame before, so that the model learns to go on after its own mistakes.</summary>
    public double PreviousDropout { get; init; } = 0.15;

    /// <summary>Weight of the loss of durations.</summary>
    public double DurationWeight { get; init; } = 1;

    /// <summary>Weight of the loss that balances the experts.</summary>
    public double BalanceWeight { get; init; } = 0.01;

    internal IEnumerable<string> OwnProblems(string name)
    {
        foreach (var problem in Share(name + ".previous_dropout", PreviousDropout)) yield return problem;
        foreach (var problem in Between(name + ".duration_weight", DurationWeight, 0, 1000)) yield return problem;
        foreach (var problem in Between(name + ".balance_weight", BalanceWeight, 0, 1000)) yield return problem;
    }
}
