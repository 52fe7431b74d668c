using Qwen2Audio.Numerics;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Optimisation;

/// <summary>Constants of AdamW; gradients are clipped to <paramref name="MaxGradientNorm"/> (0: not clipped).</summary>
public sealed record AdamWOptions(
    double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double WeightDecay = 0.01, double MaxGradientNorm = 1);

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) as torch computes it: decay is decoupled and multiplies the weights before the update, epsilon
/// is added after the bias correction. Parameters beyond <see cref="ParameterSet.DecayEnd"/> do not decay;
/// frozen ones are left as they are, and their moments too.
/// </summary>
public sealed class AdamWOptimizer(ParameterSet parameters, AdamWOptions options, WorkerPool pool)
{
    /// <summary>Updates made so far.</summary>
    public long Step { get; set; }

    /// <summary>The 2-norm of the gradients of all trained parameters, before clipping.</summary>
    public double GradientNorm()
    {
        var sum = 0.0;
        foreach (var (start, count) in parameters.TrainedRanges(0, parameters.Gradients.Columns))
            sum += Vectors.SumOfSquares(pool, parameters.Gradients.ColumnRange(start, count));
        return Math.Sqrt(sum);
    }

    /// <summary>One update of the trained parameters from the gradients, whose norm is <paramref name="gradientNorm"/>.</summary>
    public void Update(double learningRate, double gradientNorm)
    {
        Step++;
        var scale = options.MaxGradientNorm > 0 ? Math.Min(1, options.MaxGradientNorm / (gradientNorm + 1e-6)) : 1;
        var step = new AdamWStep(
            (float)learningRate, (float)options.Beta1, (float)options.Beta2, (float)options.Epsilon, (float)options.WeightDecay,
            (float)(1 - Math.Pow(options.Beta1, Step)), (float)(1 - Math.Pow(options.Beta2, Step)), (float)scale);
        Update(0, parameters.DecayEnd, step);
        Update(parameters.DecayEnd, parameters.Values.Columns, step with { WeightDecay = 0 });
    }

    private void Update(int from, int end, AdamWStep step)
    {
        foreach (var (start, count) in parameters.TrainedRanges(from, end))
            AdamW.Update(pool, parameters.Values.ColumnRange(start, count), parameters.Gradients.ColumnRange(start, count),
                parameters.FirstMoments.ColumnRange(start, count), parameters.SecondMoments.ColumnRange(start, count), step);
    }
}
