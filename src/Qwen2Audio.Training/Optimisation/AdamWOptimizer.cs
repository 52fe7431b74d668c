using Qwen2Audio.Numerics.Optimisation;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Optimisation;

/// <summary>
/// Settings of AdamW. Gradients are clipped to <paramref name="MaxGradientNorm"/> (0: no clipping). With
/// <paramref name="Decoupled"/> false it is Adam with L2: the decay is added to the clipped gradient.
/// </summary>
internal sealed record AdamWOptions(
    double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double WeightDecay = 0.01, double MaxGradientNorm = 1, bool Decoupled = true);

/// <summary>Result of an update: the gradient norm before clipping, and whether the update was applied.</summary>
internal readonly record struct OptimizerResult(double GradientNorm, bool Applied);

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) as torch computes it: decay is decoupled and multiplies the weights before the update; epsilon
/// is added after the bias correction. Parameters from <see cref="ParameterSet.DecayEnd"/> on do not decay;
/// frozen parameters and their moments are left unchanged. Gradients accumulate over the backward passes between two updates;
/// the caller clears them.
/// </summary>
internal sealed class AdamWOptimizer(ParameterSet parameters, AdamWOptions options, WorkerPool pool)
{
    /// <summary>Number of updates so far, which is also the position of the schedule.</summary>
    public long Step { get; set; }

    /// <summary>Average updated after every step; null: none.</summary>
    public WeightAverage? Average { get; init; }

    /// <summary>L2 norm of the gradients of all trained parameters, before clipping.</summary>
    public double GradientNorm()
    {
        var sum = 0.0;
        foreach (var (start, count) in parameters.TrainedRanges(0, parameters.Gradients.Columns))
            sum += Vectors.SumOfSquares(pool, parameters.Gradients.ColumnRange(start, count));
        return Math.Sqrt(sum);
    }

    /// <summary>
    /// Updates once, unless the gradient norm or <paramref name="loss"/> is not finite: then weights, moments, average and
    /// schedule position stay unchanged.
    /// </summary>
    public OptimizerResult TryUpdate(double learningRate, double loss = 0)
    {
        var norm = GradientNorm();
        var finite = double.IsFinite(norm) && double.IsFinite(loss);
        if (finite) Update(learningRate, norm);
        return new OptimizerResult(norm, finite);
    }

    /// <summary>Updates the trained parameters from gradients with the norm <paramref name="gradientNorm"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The norm is not finite; the update would destroy weights and moments.</exception>
    public void Update(double learningRate, double gradientNorm)
    {
        if (!double.IsFinite(gradientNorm)) throw new ArgumentOutOfRangeException(nameof(gradientNorm), gradientNorm, "The norm must be finite.");
        Step++;
        var scale = options.MaxGradientNorm > 0 ? Math.Min(1, options.MaxGradientNorm / (gradientNorm + 1e-6)) : 1;
        var step = new AdamWStep(
            (float)learningRate, (float)options.Beta1, (float)options.Beta2, (float)options.Epsilon, 0,
            (float)(1 - Math.Pow(options.Beta1, Step)), (float)(1 - Math.Pow(options.Beta2, Step)), (float)scale);
        var decay = (float)options.WeightDecay;
        Update(0, parameters.DecayEnd, options.Decoupled ? step with { WeightDecay = decay } : step with { GradientDecay = decay });
        Update(parameters.DecayEnd, parameters.Values.Columns, step);
        Average?.Update();
    }

    private void Update(int from, int end, AdamWStep step)
    {
        foreach (var (start, count) in parameters.TrainedRanges(from, end))
            AdamW.Update(pool, parameters.Values.ColumnRange(start, count), parameters.Gradients.ColumnRange(start, count),
                parameters.FirstMoments.ColumnRange(start, count), parameters.SecondMoments.ColumnRange(start, count), step);
    }
}
