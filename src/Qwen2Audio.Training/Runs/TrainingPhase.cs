using Qwen2Audio.Training.Optimisation;
using static Qwen2Audio.Training.Recipes.RecipeRanges;

namespace Qwen2Audio.Training.Runs;

/// <summary>What a phase of training has in every recipe with phases: its length, its learning rate and what it draws.</summary>
internal abstract record TrainingPhase
{
    public int Steps { get; init; }

    public double LearningRate { get; init; }

    public int WarmupSteps { get; init; }

    /// <summary>Final learning rate as a fraction of <see cref="LearningRate"/>.</summary>
    public double FinalRatio { get; init; }

    /// <summary>Relative weight of each dataset in the draws.</summary>
    public Dictionary<string, double> Draws { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>The phase of a step of a run, from 0, and the step with which it begins.</summary>
    internal static (int Phase, long First) Of(IReadOnlyList<TrainingPhase> phases, long step)
    {
        var first = 0L;
        for (var phase = 0; phase < phases.Count; phase++)
        {
            if (step < first + phases[phase].Steps) return (phase, first);
            first += phases[phase].Steps;
        }

        throw new ArgumentOutOfRangeException(nameof(step), step, "Beyond the last phase.");
    }

    /// <summary>The learning rate relative to its peak, by the updates of the phase: warm-up, then cosine decay.</summary>
    internal LearningRateSchedule Shape() => new(new LearningRateSettings
    {
        LearningRate = 1,
        Type = "cosine_with_min_lr",
        NumWarmupSteps = WarmupSteps,
        NumTrainingSteps = Steps,
        MinLrRate = FinalRatio,
    });

    /// <summary>Settings that are out of range.</summary>
    /// <param name="name">The phase's name in the recipe.</param>
    internal IEnumerable<string> Problems(string name)
    {
        foreach (var problem in AtLeast(name + ".steps", Steps, 1)) yield return problem;
        foreach (var problem in Between(name + ".learning_rate", LearningRate, 1e-12, 10)) yield return problem;
        foreach (var problem in Between(name + ".warmup_steps", WarmupSteps, 0, Math.Max(0, Steps))) yield return problem;
        foreach (var problem in Share(name + ".final_ratio", FinalRatio)) yield return problem;
        if (!Draws.Values.Any(weight => weight > 0)) yield return $"{name}.draws is empty: give at least one dataset a weight";
        foreach (var (dataset, weight) in Draws)
            foreach (var problem in Between($"{name}.draws.{dataset}", weight, 0, 1e6)) yield return problem;
    }
}
