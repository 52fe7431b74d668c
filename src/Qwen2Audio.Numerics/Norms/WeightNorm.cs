using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Norms;

/// <summary>Weights as length and direction (Salimans and Kingma 2016): w = g · v/‖v‖, row by row.</summary>
public static class WeightNorm
{
    /// <summary>w[r] = g[r] · v[r]/‖v[r]‖.</summary>
    /// <param name="v">Directions [rows, columns].</param>
    /// <param name="g">Lengths [rows, 1].</param>
    /// <param name="w">[rows, columns], overwritten; may be <paramref name="v"/>.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Forward(WorkerPool pool, Matrix v, Matrix g, Matrix w)
    {
        Shapes.Same(v, w);
        Shapes.Is(g, v.Rows, 1);
        RowSweep<WeightNormKernel>.Run(pool, new WeightNormKernel(v, g, w), v.Rows, v.Columns);
    }

    /// <summary>dg += ⟨dw, v⟩/‖v‖ and dv += g/‖v‖ · (dw − ⟨dw, v⟩/‖v‖² · v), row by row; either may be default if not wanted.</summary>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Backward(WorkerPool pool, Matrix v, Matrix g, Matrix dw, Matrix dv, Matrix dg)
    {
        Shapes.Same(v, dw);
        Shapes.Is(g, v.Rows, 1);
        Shapes.IsOrNull(dv, v.Rows, v.Columns);
        Shapes.IsOrNull(dg, v.Rows, 1);
        RowSweep<WeightNormGradient>.Run(pool, new WeightNormGradient(v, g, dw, dv, dg), v.Rows, v.Columns);
    }

    /// <summary>⟨a, b⟩.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe float Dot<TLanes, TVector>(float* a, float* b, int count)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var sum = TLanes.Zero;
        for (var i = 0; i < count; i += TLanes.Count)
            sum = TLanes.MultiplyAdd(PartialVector<TLanes, TVector>.Load(a + i, count - i), PartialVector<TLanes, TVector>.Load(b + i, count - i), sum);
        return TLanes.Sum(sum);
    }
}

internal readonly unsafe struct WeightNormKernel(Matrix v, Matrix g, Matrix w) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var direction = v.Data + (long)row * v.Stride;
        var target = w.Data + (long)row * w.Stride;
        var scale = TLanes.Broadcast(g.Data[(long)row * g.Stride] / MathF.Sqrt(WeightNorm.Dot<TLanes, TVector>(direction, direction, v.Columns)));
        for (var i = 0; i < v.Columns; i += TLanes.Count)
        {
            var left = v.Columns - i;
            PartialVector<TLanes, TVector>.Store(TLanes.Multiply(scale, PartialVector<TLanes, TVector>.Load(direction + i, left)), target + i, left);
        }
    }
}

internal readonly unsafe struct WeightNormGradient(Matrix v, Matrix g, Matrix dw, Matrix dv, Matrix dg) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var direction = v.Data + (long)row * v.Stride;
        var upstream = dw.Data + (long)row * dw.Stride;
        var square = WeightNorm.Dot<TLanes, TVector>(direction, direction, v.Columns);
        var along = WeightNorm.Dot<TLanes, TVector>(upstream, direction, v.Columns);
        var norm = MathF.Sqrt(square);
        if (!dg.IsNull) dg.Data[(long)row * dg.Stride] += along / norm;
        if (dv.IsNull) return;
        var target = dv.Data + (long)row * dv.Stride;
        var scale = TLanes.Broadcast(g.Data[(long)row * g.Stride] / norm);
        var share = TLanes.Broadcast(-along / square);
        for (var i = 0; i < v.Columns; i += TLanes.Count)
        {
            var left = v.Columns - i;
            var across = TLanes.MultiplyAdd(share, PartialVector<TLanes, TVector>.Load(direction + i, left), PartialVector<TLanes, TVector>.Load(upstream + i, left));
            PartialVector<TLanes, TVector>.Store(TLanes.MultiplyAdd(scale, across, PartialVector<TLanes, TVector>.Load(target + i, left)), target + i, left);
        }
    }
}
