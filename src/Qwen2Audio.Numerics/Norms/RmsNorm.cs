using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Norms;

/// <summary>y = gain · x / √(mean(x²) + eps), row by row (Zhang and Sennrich 2019).</summary>
public static class RmsNorm
{
    /// <summary>Normalises every row of x [rows, w].</summary>
    /// <param name="x">[rows, w].</param>
    /// <param name="gain">[1, w].</param>
    /// <param name="eps">Added to the mean square.</param>
    /// <param name="y">[rows, w], overwritten; may be <paramref name="x"/>.</param>
    /// <param name="inverseRms">[rows, 1], overwritten: 1/√(mean(x²) + eps), for the backward pass; default when not wanted.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Forward(WorkerPool pool, Matrix x, Matrix gain, float eps, Matrix y, Matrix inverseRms)
    {
        Shapes.Same(x, y);
        Shapes.Is(gain, 1, x.Columns);
        Shapes.IsOrNull(inverseRms, x.Rows, 1);
        RowSweep<RmsNormKernel>.Run(pool, new RmsNormKernel(x, gain, eps, y, inverseRms), x.Rows, x.Columns);
    }

    /// <summary>Adds the gradients with respect to x and gain.</summary>
    /// <param name="x">[rows, w] as in the forward pass.</param>
    /// <param name="gain">[1, w].</param>
    /// <param name="inverseRms">[rows, 1] as written by the forward pass.</param>
    /// <param name="dy">[rows, w].</param>
    /// <param name="dx">[rows, w], added to.</param>
    /// <param name="dgain">[1, w], added to; default when not wanted.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Backward(WorkerPool pool, Matrix x, Matrix gain, Matrix inverseRms, Matrix dy, Matrix dx, Matrix dgain)
    {
        Shapes.Same(x, dy);
        Shapes.Same(x, dx);
        Shapes.Is(gain, 1, x.Columns);
        Shapes.Is(inverseRms, x.Rows, 1);
        Shapes.IsOrNull(dgain, 1, x.Columns);
        RowBlockSums<RmsNormGradient>.Run(pool, new RmsNormGradient(x, gain, inverseRms, dy, dx), x.Rows, x.Columns, dgain, default);
    }
}
