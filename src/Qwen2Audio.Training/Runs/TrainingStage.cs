using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Training.Runs;

/// <summary>Parameters and the optimiser that trains them.</summary>
/// <param name="Name">Prefix of its blocks in a checkpoint and of its metrics; empty when there is only one stage.</param>
/// <param name="Parameters">Parameters with allocated storage.</param>
/// <param name="Optimizer">The optimiser of these parameters.</param>
internal sealed record TrainingStage(string Name, ParameterSet Parameters, AdamWOptimizer Optimizer)
{
    /// <summary>The content of a checkpoint, as flat rows.</summary>
    internal IEnumerable<(string Name, Matrix Values)> Blocks()
    {
        yield return (Prefixed("values"), Parameters.Values);
        yield return (Prefixed("first_moments"), Parameters.FirstMoments);
        yield return (Prefixed("second_moments"), Parameters.SecondMoments);
        if (Optimizer.Average is { } average) yield return (Prefixed("average"), average.Values);
    }

    /// <summary>A name prefixed with the stage's.</summary>
    internal string Prefixed(string name) => Name.Length == 0 ? name : $"{Name}.{name}";
}
