using Qwen2Audio.Numerics.Probabilities;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Losses;

/// <summary>Next-token and classification loss.</summary>
internal static class CrossEntropyLoss
{
    /// <summary>Target of rows that are ignored.</summary>
    public const int LeftOut = -100;

    /// <summary>
    /// Σ w·l / Σ w over the rows whose target is not <see cref="LeftOut"/>, with
    /// l = −(1−ε)·log p[target] − ε·mean over all classes of log p. Adds <paramref name="coefficient"/> times its gradient to the
    /// logits' gradient. A batch without targets has loss 0.
    /// </summary>
    /// <param name="logits">[rows, classes]; row r is compared with targets[r]. For next-token prediction, shift the targets by one first.</param>
    /// <param name="targets">A class for each row.</param>
    /// <param name="weights">A weight for each row; empty: all 1.</param>
    /// <param name="smoothing">Label smoothing ε.</param>
    /// <param name="coefficient">Weight of the loss in the total.</param>
    /// <param name="divisor">
    /// Replaces the batch's own Σ w: pass the sum over all batches whose gradients are accumulated, so that their losses add up.
    /// </param>
    public static double Add(
        TrainingOps ops, Variable logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights = default, float smoothing = 0,
        float coefficient = 1, double? divisor = null)
    {
        var rows = logits.Value.Rows;
        if (targets.Length != rows || (!weights.IsEmpty && weights.Length != rows))
            throw new ArgumentException($"{rows} rows of logits, {targets.Length} targets, {weights.Length} weights.", nameof(targets));
        var rowLoss = ops.Scratch(rows, 1);
        var rowLogSum = ops.Scratch(rows, 1);
        CrossEntropy.Forward(ops.Pool, logits.Value, targets, smoothing, rowLoss, rowLogSum);
        var (sum, weightSum) = (0.0, 0.0);
        for (var r = 0; r < rows; r++)
        {
            if (targets[r] == LeftOut) continue;
            var weight = weights.IsEmpty ? 1 : weights[r];
            sum += (double)weight * rowLoss.Row(r)[0];
            weightSum += weight;
        }

        if (weightSum <= 0) return 0;
        var total = divisor ?? weightSum;
        var scale = rowLoss.Span; // reused for each row's gradient factor
        for (var r = 0; r < rows; r++) scale[r] = (float)(coefficient * (weights.IsEmpty ? 1 : weights[r]) / total);
        var gradient = ops.Scratch(rows, logits.Value.Columns);
        CrossEntropy.Backward(ops.Pool, logits.Value, targets, scale, smoothing, rowLogSum, gradient);
        ops.Seed(logits, gradient);
        return sum / total;
    }
}
