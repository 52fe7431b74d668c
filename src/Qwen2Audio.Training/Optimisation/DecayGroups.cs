using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Optimisation;

/// <summary>Common choices of the parameters that decay, for <see cref="ParameterSet.Allocate"/>.</summary>
internal static class DecayGroups
{
    /// <summary>Every parameter.</summary>
    public static bool All(Parameter parameter) => true;

    /// <summary>Parameters of two or more dimensions, including embeddings; gains and biases do not decay.</summary>
    public static bool Matrices(Parameter parameter) => parameter.Shape.Count > 1;
}
