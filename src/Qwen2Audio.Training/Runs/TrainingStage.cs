using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Training.Runs;

/// <summary>Parameters and the optimiser that trains them.</summary>
/// <param name="Name">Prefix of its blocks in a checkpoint and of its figures in the metrics; empty when there is only one stage.</param>
/// <param name="Parameters">With their storage laid out.</param>
/// <param name="Optimizer">Over these parameters.</param>
public sealed record TrainingStage(string Name, ParameterSet Parameters, AdamWOptimizer Optimizer)
{
    /// <summary>What a checkpoint keeps, as flat rows.</summary>
    internal IEnumerable<(string Name, Matrix Values)> Blocks()
    {
        yield return (Prefixed("values"), Parameters.Values);
        yield return (Prefixed("first_moments"), Parameters.FirstMoments);
        yield return (Prefixed("second_moments"), Parameters.SecondMoments);
        if (Optimizer.Average is { } average) yield return (Prefixed("average"), average.Values);
    }

    /// <summary>A name that tells stages apart.</summary>
    internal string Prefixed(string name) => Name.Length == 0 ? name : $"{Name}.{name}";
}
