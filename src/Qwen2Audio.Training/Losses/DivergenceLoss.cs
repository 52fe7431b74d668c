using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Losses;

/// <summary>How far the distributions of rows are from those of a target.</summary>
internal static class DivergenceLoss
{
    /// <summary>The mean over rows of the Kullback-Leibler divergence Σ p (ln p − ln q), p = softmax(y), q = softmax(x); adds <paramref name="coefficient"/> times its gradient to x.</summary>
    /// <param name="x">Logits, [rows, classes].</param>
    /// <param name="y">The target's logits, of the same shape: a constant.</param>
    /// <param name="coefficient">Weight of the loss in the total.</param>
    /// <exception cref="ArgumentException">The shapes differ or are empty, or the target is not a constant.</exception>
    public static double Add(TrainingOps ops, Variable x, Variable y, float coefficient = 1)
    {
        var (a, b) = (x.Value, y.Value);
        if (a.Rows != b.Rows || a.Columns != b.Columns || a.Length == 0)
            throw new ArgumentException($"{a.Rows} × {a.Columns} and {b.Rows} × {b.Columns} cannot be compared; the shapes must be equal and not empty.", nameof(y));
        if (y.NeedsGradient) throw new ArgumentException("The target is a constant.", nameof(y));
        var slopes = ops.Scratch(a.Rows, a.Columns);
        var (loss, found, wanted) = (0.0, new double[a.Columns], new double[a.Columns]);
        for (var row = 0; row < a.Rows; row++)
        {
            Logarithms(a.Row(row), found);
            Logarithms(b.Row(row), wanted);
            var slope = slopes.Row(row);
            for (var i = 0; i < found.Length; i++)
            {
                var p = Math.Exp(wanted[i]);
                loss += p * (wanted[i] - found[i]);
                slope[i] = (float)(coefficient / a.Rows * (Math.Exp(found[i]) - p));
            }
        }

        ops.Seed(x, slopes);
        return loss / a.Rows;
    }

    /// <summary>ln softmax.</summary>
    private static void Logarithms(ReadOnlySpan<float> logits, double[] logarithms)
    {
        var (largest, sum) = (double.NegativeInfinity, 0.0);
        foreach (var logit in logits) largest = Math.Max(largest, logit);
        foreach (var logit in logits) sum += Math.Exp(logit - largest);
        for (var i = 0; i < logarithms.Length; i++) logarithms[i] = logits[i] - largest - Math.Log(sum);
    }
}
