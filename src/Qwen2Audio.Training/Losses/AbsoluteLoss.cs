using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Losses;

/// <summary>Mean absolute (L1) difference, of waveforms or of a discriminator's features.</summary>
internal static class AbsoluteLoss
{
    /// <summary>
    /// mean |x − y|. Adds <paramref name="coefficient"/> times its gradient to x and y unless they are constants; the gradient at
    /// x = y is 0.
    /// </summary>
    /// <param name="x">Any shape.</param>
    /// <param name="y">The same shape; a constant (<see cref="TrainingOps.Input"/>) if it is the target.</param>
    /// <param name="coefficient">Weight of the loss in the total.</param>
    /// <exception cref="ArgumentException">The shapes differ or are empty.</exception>
    public static double Add(TrainingOps ops, Variable x, Variable y, float coefficient = 1)
    {
        var mean = Mean(ops.Pool, x.Value, y.Value);
        if (x.NeedsGradient) ops.Seed(x, Slopes(ops, x.Value, y.Value, coefficient / x.Value.Length));
        if (y.NeedsGradient) ops.Seed(y, Slopes(ops, y.Value, x.Value, coefficient / x.Value.Length));
        return mean;
    }

    /// <summary>mean |x − y|.</summary>
    internal static double Mean(WorkerPool pool, Matrix x, Matrix y)
    {
        if (x.Rows != y.Rows || x.Columns != y.Columns || x.Length == 0)
            throw new ArgumentException($"{x.Rows} × {x.Columns} and {y.Rows} × {y.Columns} cannot be compared; the shapes must be equal and not empty.", nameof(y));
        return FixedBlocks.Sum(pool, x.Length, (start, count) =>
        {
            var a = x.Span.Slice(start, count);
            var b = y.Span.Slice(start, count);
            var sum = 0.0;
            for (var i = 0; i < a.Length; i++) sum += Math.Abs((double)a[i] - b[i]);
            return sum;
        }) / x.Length;
    }

    /// <summary>scale · sign(x − y).</summary>
    internal static Matrix Slopes(TrainingOps ops, Matrix x, Matrix y, double scale)
    {
        var gradient = ops.Scratch(x.Rows, x.Columns);
        var factor = (float)scale;
        FixedBlocks.Sum(ops.Pool, x.Length, (start, count) =>
        {
            var a = x.Span.Slice(start, count);
            var b = y.Span.Slice(start, count);
            var g = gradient.Span.Slice(start, count);
            for (var i = 0; i < a.Length; i++) g[i] = a[i] > b[i] ? factor : a[i] < b[i] ? -factor : a[i] == b[i] ? 0 : float.NaN;
            return 0;
        });
        return gradient;
    }
}
