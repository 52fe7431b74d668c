using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Norms;

/// <summary>y = gain · (x − mean)/√(variance + eps) + bias, row by row, the variance divided by the width (Ba et al. 2016).</summary>
public static class LayerNorm
{
    /// <summary>Normalises every row of x [rows, w].</summary>
    /// <param name="x">[rows, w].</param>
    /// <param name="gain">[1, w].</param>
    /// <param name="bias">[1, w].</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="y">[rows, w], overwritten; may be <paramref name="x"/>.</param>
    /// <param name="mean">[rows, 1], overwritten, for the backward pass; default when not wanted.</param>
    /// <param name="inverseDeviation">[rows, 1], overwritten: 1/√(variance + eps); default when not wanted.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Forward(
        WorkerPool pool, Matrix x, Matrix gain, Matrix bias, float eps, Matrix y, Matrix mean, Matrix inverseDeviation)
    {
        Shapes.Same(x, y);
        Shapes.Is(gain, 1, x.Columns);
        Shapes.Is(bias, 1, x.Columns);
        Shapes.IsOrNull(mean, x.Rows, 1);
        Shapes.IsOrNull(inverseDeviation, x.Rows, 1);
        RowSweep<LayerNormKernel>.Run(pool, new LayerNormKernel(x, gain, bias, eps, y, mean, inverseDeviation), x.Rows, x.Columns);
    }

    /// <summary>Adds the gradients with respect to x, gain and bias.</summary>
    /// <param name="x">[rows, w] as in the forward pass.</param>
    /// <param name="gain">[1, w].</param>
    /// <param name="mean">[rows, 1] as written by the forward pass.</param>
    /// <param name="inverseDeviation">[rows, 1] as written by the forward pass.</param>
    /// <param name="dy">[rows, w].</param>
    /// <param name="dx">[rows, w], added to.</param>
    /// <param name="dgain">[1, w], added to; default when not wanted.</param>
    /// <param name="dbias">[1, w], added to; default when not wanted.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Backward(
        WorkerPool pool, Matrix x, Matrix gain, Matrix mean, Matrix inverseDeviation, Matrix dy, Matrix dx, Matrix dgain, Matrix dbias)
    {
        Shapes.Same(x, dy);
        Shapes.Same(x, dx);
        Shapes.Is(gain, 1, x.Columns);
        Shapes.Is(mean, x.Rows, 1);
        Shapes.Is(inverseDeviation, x.Rows, 1);
        Shapes.IsOrNull(dgain, 1, x.Columns);
        Shapes.IsOrNull(dbias, 1, x.Columns);
        RowBlockSums<LayerNormGradient>.Run(
            pool, new LayerNormGradient(x, gain, mean, inverseDeviation, dy, dx), x.Rows, x.Columns, dgain, dbias);
    }
}
