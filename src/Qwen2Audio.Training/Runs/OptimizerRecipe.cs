using Qwen2Audio.Training.Optimisation;
using static Qwen2Audio.Training.Recipes.RecipeRanges;

namespace Qwen2Audio.Training.Runs;

/// <summary>The section <c>optimizer</c> of every recipe: settings of AdamW. Each kind of recipe has its own defaults.</summary>
internal record OptimizerRecipe
{
    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.999;

    public double Epsilon { get; init; } = 1e-8;

    public double WeightDecay { get; init; }

    /// <summary>Gradients are clipped to this norm; 0: no clipping.</summary>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>These settings for the optimiser.</summary>
    internal AdamWOptions ToOptions() => new(Beta1, Beta2, Epsilon, WeightDecay, MaxGradientNorm);

    /// <summary>Settings that are out of range.</summary>
    internal IEnumerable<string> Problems() =>
    [
        .. Between("optimizer.beta1", Beta1, 0, 0.99999), .. Between("optimizer.beta2", Beta2, 0, 0.99999),
        .. Between("optimizer.epsilon", Epsilon, 1e-30, 1), .. Between("optimizer.weight_decay", WeightDecay, 0, 10),
        .. Between("optimizer.max_gradient_norm", MaxGradientNorm, 0, 1e9),
    ];
}
