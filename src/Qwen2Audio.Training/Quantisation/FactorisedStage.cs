using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Quantisation;

/// <summary>A stage of a <see cref="FactorisedQuantiser"/>.</summary>
/// <param name="Inward">[rows, width] → [rows, dim], on the tape.</param>
/// <param name="Codebook">[entries, dim]; a parameter.</param>
/// <param name="Outward">[rows, dim] → [rows, width], on the tape.</param>
internal sealed record FactorisedStage(
    Func<TrainingOps, Variable, Variable> Inward, IWeight Codebook, Func<TrainingOps, Variable, Variable> Outward)
{
    /// <summary>
    /// A stage with plain projections: in_proj.weight [dim, width, 1], in_proj.bias, codebook.weight, out_proj.weight [width, dim, 1] and
    /// out_proj.bias below <paramref name="weights"/>.
    /// </summary>
    public static FactorisedStage From(IWeights weights, int width, int entries, int dimension)
    {
        var inward = (Weight: weights.Get("in_proj.weight", dimension, width, 1), Bias: weights.Get("in_proj.bias", dimension));
        var outward = (Weight: weights.Get("out_proj.weight", width, dimension, 1), Bias: weights.Get("out_proj.bias", width));
        return new FactorisedStage(
            (ops, x) => ops.Linear(x, inward.Weight, inward.Bias), weights.Get("codebook.weight", entries, dimension),
            (ops, x) => ops.Linear(x, outward.Weight, outward.Bias));
    }
}
