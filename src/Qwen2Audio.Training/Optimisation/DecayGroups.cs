using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Optimisation;

/// <summary>Usual answers to which parameters decay, for <see cref="ParameterSet.Allocate"/>.</summary>
internal static class DecayGroups
{
    /// <summary>Every parameter.</summary>
    public static bool All(Parameter parameter) => true;

    /// <summary>Parameters of two and more dimensions (embeddings too): gains and biases do not decay.</summary>
    public static bool Matrices(Parameter parameter) => parameter.Shape.Count > 1;
}
