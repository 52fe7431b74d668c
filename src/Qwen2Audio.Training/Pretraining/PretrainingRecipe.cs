using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;
using static Qwen2Audio.Training.Recipes.RecipeRanges;

namespace Qwen2Audio.Training.Pretraining;

/// <summary>All settings for training a language model on text; read from YAML with <c>task: language-model</c>.</summary>
[RecipeOf("train", RecipeKind.LanguageModel)]
internal sealed record PretrainingRecipe
{
    /// <summary>Seed for initial weights and draws.</summary>
    public long Seed { get; init; }

    public int Steps { get; init; }

    public TextDataRecipe Data { get; init; } = new();

    public TextModelRecipe Model { get; init; } = new();

    public OptimizerRecipe Optimizer { get; init; } = new() { Beta1 = 0.9, Beta2 = 0.98, WeightDecay = 0.02, MaxGradientNorm = 1 };

    /// <summary>Names as in transformers; by default the schedule ends with the run.</summary>
    public LearningRateSettings Schedule { get; init; } = new();

    public CheckpointRecipe Checkpoints { get; init; } = new();

    /// <summary>Reads YAML.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="path">Path of the recipe, for messages and as the base of relative paths.</param>
    /// <exception cref="RecipeException">Settings are unknown or out of range; lists all problems.</exception>
    internal static PretrainingRecipe Parse(string text, string path)
    {
        var recipe = RecipeReader.Parse<PretrainingRecipe>(text, path, recipe => recipe.Problems());
        string[] Full(string[] files) => [.. files.Select(file => RecipePath.Full(file, path, null))];
        return recipe with { Data = recipe.Data with { Texts = Full(recipe.Data.Texts), Validation = Full(recipe.Data.Validation) } };
    }

    private IEnumerable<string> Problems()
    {
        foreach (var problem in AtLeast("seed", Seed, 0)) yield return problem;
        foreach (var problem in Between("steps", Steps, 1, 100_000_000)) yield return problem;
        if (Data.Texts.Length == 0) yield return "data.texts is empty: name at least one file with a sentence per line";
        if (Checkpoints.EvaluateEvery > 0 && Data.Validation.Length == 0)
            yield return $"checkpoints.evaluate_every is {Checkpoints.EvaluateEvery}, and data.validation names nothing to measure on";
        foreach (var problem in Between("data.spelled", Data.Spelled, 0, 10_000_000)) yield return problem;
        foreach (var problem in Between("data.tokens_per_batch", Data.TokensPerBatch, 1, 1 << 20)) yield return problem;
        foreach (var problem in Between("data.joined_tokens", Data.JoinedTokens, 1, TextModelRecipe.Positions)) yield return problem;
        foreach (var problem in Between("model.pieces", Model.Pieces, 0, ushort.MaxValue)) yield return problem;
        foreach (var problem in Between("model.balance_weight", Model.BalanceWeight, 0, 1000)) yield return problem;
        foreach (var problem in Model.SizeProblems()) yield return problem;
        foreach (var problem in Optimizer.Problems()) yield return problem;
        foreach (var problem in LearningRateRules.Problems(LearningRateRules.OfRun(Schedule, Math.Max(1, Steps)))) yield return $"schedule.{problem}";
        foreach (var problem in Checkpoints.Problems()) yield return problem;
    }
}

/// <summary>Texts with one sentence per line. Paths are relative to the recipe's folder.</summary>
internal sealed record TextDataRecipe
{
    /// <summary>Files to train on.</summary>
    public string[] Texts { get; init; } = [];

    /// <summary>Files to measure on; each line by itself.</summary>
    public string[] Validation { get; init; } = [];

    /// <summary>Number of made-up texts beside the files: spelled names, letters, digits, numbers, dates, control words.</summary>
    public int Spelled { get; init; }

    /// <summary>A step draws documents until it has so many tokens.</summary>
    public int TokensPerBatch { get; init; } = 2048;

    /// <summary>A document is successive sentences, joined until it has a number of tokens that is drawn up to this: what is said without a pause may be part of several sentences.</summary>
    public int JoinedTokens { get; init; } = 48;
}

/// <summary>Sizes.</summary>
internal sealed record TextModelRecipe : DecoderRecipe
{
    /// <summary>The most tokens of a document.</summary>
    internal const int Positions = 1024;

    /// <summary>Number of word pieces to learn in addition to letters.</summary>
    public int Pieces { get; init; } = 2000;

    /// <summary>Weight of the loss that balances the experts.</summary>
    public double BalanceWeight { get; init; } = 0.01;
}
