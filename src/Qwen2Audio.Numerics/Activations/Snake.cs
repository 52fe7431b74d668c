using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Activations;

/// <summary>The periodic activation of DAC (Ziyin et al. 2020): x + sin²(α·x)/(α + 1e-9), with an α for each channel.</summary>
public static class Snake
{
    internal const float Epsilon = 1e-9f;

    /// <summary>y = x + sin²(alpha · x)/(alpha + 1e-9).</summary>
    /// <param name="x">[rows, channels].</param>
    /// <param name="alpha">[1, channels].</param>
    /// <param name="y">[rows, channels], overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Forward(WorkerPool pool, Matrix x, Matrix alpha, Matrix y)
    {
        Shapes.Same(x, y);
        Shapes.Is(alpha, 1, x.Columns);
        RowSweep<SnakeKernel>.Run(pool, new SnakeKernel(x, alpha, y), x.Rows, x.Columns);
    }

    /// <summary>dx = dy · (1 + sin(2·alpha·x) · alpha/(alpha + 1e-9)), and the gradient of alpha, summed over rows, is added to dalpha.</summary>
    /// <param name="x">As in the forward pass.</param>
    /// <param name="alpha">[1, channels].</param>
    /// <param name="dy">[rows, channels].</param>
    /// <param name="dx">[rows, channels], overwritten; may be <paramref name="dy"/>.</param>
    /// <param name="dalpha">[1, channels], added to; default if not wanted.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Backward(WorkerPool pool, Matrix x, Matrix alpha, Matrix dy, Matrix dx, Matrix dalpha)
    {
        Shapes.Same(x, dy);
        Shapes.Same(x, dx);
        Shapes.Is(alpha, 1, x.Columns);
        Shapes.IsOrNull(dalpha, 1, x.Columns);
        RowBlockSums<SnakeGradient>.Run(pool, new SnakeGradient(x, alpha, dy, dx), x.Rows, x.Columns, dalpha, default);
    }
}

internal readonly unsafe struct SnakeKernel(Matrix x, Matrix alpha, Matrix y) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var source = x.Data + (long)row * x.Stride;
        var target = y.Data + (long)row * y.Stride;
        for (var i = 0; i < x.Columns; i += TLanes.Count)
        {
            var left = x.Columns - i;
            var value = PartialVector<TLanes, TVector>.Load(source + i, left);
            var a = PartialVector<TLanes, TVector>.Load(alpha.Data + i, left, 1f);
            LaneFunctions.SineAndCosine<TLanes, TVector>(TLanes.Multiply(a, value), out var sine, out _);
            var wave = TLanes.Divide(TLanes.Multiply(sine, sine), TLanes.Add(a, TLanes.Broadcast(Snake.Epsilon)));
            PartialVector<TLanes, TVector>.Store(TLanes.Add(value, wave), target + i, left);
        }
    }
}

internal readonly unsafe struct SnakeGradient(Matrix x, Matrix alpha, Matrix dy, Matrix dx) : IRowBlockKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowBlockKernel.Block<TLanes, TVector>(int first, int end, float* sums, float* others)
    {
        var one = TLanes.Broadcast(1f);
        for (var i = 0; i < x.Columns; i += TLanes.Count)
        {
            var left = x.Columns - i;
            var a = PartialVector<TLanes, TVector>.Load(alpha.Data + i, left, 1f);
            var inverse = TLanes.Divide(one, TLanes.Add(a, TLanes.Broadcast(Snake.Epsilon)));
            var share = TLanes.Multiply(a, inverse);
            var sum = TLanes.Zero;
            for (var row = first; row < end; row++)
            {
                var value = PartialVector<TLanes, TVector>.Load(x.Data + (long)row * x.Stride + i, left);
                var upstream = PartialVector<TLanes, TVector>.Load(dy.Data + (long)row * dy.Stride + i, left);
                LaneFunctions.SineAndCosine<TLanes, TVector>(TLanes.Multiply(a, value), out var sine, out var cosine);
                var product = TLanes.Multiply(sine, cosine);
                var twice = TLanes.Add(product, product); // sin(2·a·x)
                var wave = TLanes.Multiply(TLanes.Multiply(sine, sine), inverse);
                var slope = TLanes.Multiply(TLanes.Subtract(TLanes.Multiply(twice, value), wave), inverse);
                sum = TLanes.MultiplyAdd(upstream, slope, sum);
                var gradient = TLanes.Multiply(upstream, TLanes.MultiplyAdd(twice, share, one));
                PartialVector<TLanes, TVector>.Store(gradient, dx.Data + (long)row * dx.Stride + i, left);
            }

            if (sums != null) TLanes.Store(sum, sums + i);
        }
    }
}
