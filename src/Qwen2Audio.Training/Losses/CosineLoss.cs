using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Losses;

/// <summary>How far the directions of rows are from those of a target.</summary>
internal static class CosineLoss
{
    private const double LeastSquare = 1e-12;

    /// <summary>The mean over rows of 1 − cos(x, y); adds <paramref name="coefficient"/> times its gradient to x.</summary>
    /// <param name="x">[rows, columns].</param>
    /// <param name="y">The target, of the same shape: a constant.</param>
    /// <param name="coefficient">Weight of the loss in the total.</param>
    /// <exception cref="ArgumentException">The shapes differ or are empty, or the target is not a constant.</exception>
    public static double Add(TrainingOps ops, Variable x, Variable y, float coefficient = 1)
    {
        var (a, b) = (x.Value, y.Value);
        if (a.Rows != b.Rows || a.Columns != b.Columns || a.Length == 0)
            throw new ArgumentException($"{a.Rows} × {a.Columns} and {b.Rows} × {b.Columns} cannot be compared; the shapes must be equal and not empty.", nameof(y));
        if (y.NeedsGradient) throw new ArgumentException("The target is a constant.", nameof(y));
        var slopes = ops.Scratch(a.Rows, a.Columns);
        var loss = 0.0;
        for (var row = 0; row < a.Rows; row++)
        {
            Span<float> p = a.Row(row), q = b.Row(row), slope = slopes.Row(row);
            var (product, ofX, ofY) = (0.0, LeastSquare, LeastSquare);
            for (var i = 0; i < p.Length; i++)
            {
                product += (double)p[i] * q[i];
                ofX += (double)p[i] * p[i];
                ofY += (double)q[i] * q[i];
            }

            var norms = Math.Sqrt(ofX * ofY);
            loss += 1 - product / norms;
            for (var i = 0; i < p.Length; i++) slope[i] = (float)(coefficient / a.Rows * (product / ofX * p[i] - q[i]) / norms);
        }

        if (x.NeedsGradient) ops.Seed(x, slopes);
        return loss / a.Rows;
    }
}
