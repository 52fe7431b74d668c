using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Probabilities;

/// <summary>e^x / Σ e^x, row by row.</summary>
public static class Softmax
{
    /// <summary>y[r] = softmax(x[r]), with the row's maximum subtracted first.</summary>
    /// <param name="x">[rows, classes].</param>
    /// <param name="y">[rows, classes], overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Forward(WorkerPool pool, Matrix x, Matrix y)
    {
        Shapes.Same(x, y);
        RowSweep<SoftmaxKernel>.Run(pool, new SoftmaxKernel(x, y), x.Rows, x.Columns);
    }
}

/// <summary>y[r] = softmax(x[r]).</summary>
internal readonly unsafe struct SoftmaxKernel(Matrix x, Matrix y) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var target = y.Data + (long)row * y.Stride;
        var sum = RowExponentials<TLanes, TVector>.Write(x.Data + (long)row * x.Stride, target, x.Columns, out _);
        RowExponentials<TLanes, TVector>.ScaleAndShift(target, x.Columns, 1 / sum, 0);
    }
}
