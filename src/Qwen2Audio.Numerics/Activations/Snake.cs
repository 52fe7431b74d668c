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
    private readonly Matrix _x = x;
    private readonly Matrix _alpha = alpha;
    private readonly Matrix _y = y;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var x = _x.Data + (long)row * _x.Stride;
        var y = _y.Data + (long)row * _y.Stride;
        for (var i = 0; i < _x.Columns; i += TLanes.Count)
        {
            var left = _x.Columns - i;
            var value = PartialVector<TLanes, TVector>.Load(x + i, left);
            var alpha = PartialVector<TLanes, TVector>.Load(_alpha.Data + i, left, 1f);
            LaneFunctions.SineAndCosine<TLanes, TVector>(TLanes.Multiply(alpha, value), out var sine, out _);
            var wave = TLanes.Divide(TLanes.Multiply(sine, sine), TLanes.Add(alpha, TLanes.Broadcast(Snake.Epsilon)));
            PartialVector<TLanes, TVector>.Store(TLanes.Add(value, wave), y + i, left);
        }
    }
}

internal readonly unsafe struct SnakeGradient(Matrix x, Matrix alpha, Matrix dy, Matrix dx) : IRowBlockKernel
{
    private readonly Matrix _x = x;
    private readonly Matrix _alpha = alpha;
    private readonly Matrix _dy = dy;
    private readonly Matrix _dx = dx;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowBlockKernel.Block<TLanes, TVector>(int first, int end, float* sums, float* others)
    {
        var one = TLanes.Broadcast(1f);
        for (var i = 0; i < _x.Columns; i += TLanes.Count)
        {
            var left = _x.Columns - i;
            var alpha = PartialVector<TLanes, TVector>.Load(_alpha.Data + i, left, 1f);
            var inverse = TLanes.Divide(one, TLanes.Add(alpha, TLanes.Broadcast(Snake.Epsilon)));
            var share = TLanes.Multiply(alpha, inverse);
            var sum = TLanes.Zero;
            for (var row = first; row < end; row++)
            {
                var value = PartialVector<TLanes, TVector>.Load(_x.Data + (long)row * _x.Stride + i, left);
                var upstream = PartialVector<TLanes, TVector>.Load(_dy.Data + (long)row * _dy.Stride + i, left);
                LaneFunctions.SineAndCosine<TLanes, TVector>(TLanes.Multiply(alpha, value), out var sine, out var cosine);
                var product = TLanes.Multiply(sine, cosine);
                var twice = TLanes.Add(product, product); // sin(2·alpha·x)
                var wave = TLanes.Multiply(TLanes.Multiply(sine, sine), inverse);
                var slope = TLanes.Multiply(TLanes.Subtract(TLanes.Multiply(twice, value), wave), inverse);
                sum = TLanes.MultiplyAdd(upstream, slope, sum);
                var dx = TLanes.Multiply(upstream, TLanes.MultiplyAdd(twice, share, one));
                PartialVector<TLanes, TVector>.Store(dx, _dx.Data + (long)row * _dx.Stride + i, left);
            }

            if (sums != null) TLanes.Store(sum, sums + i);
        }
    }
}
