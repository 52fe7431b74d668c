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
    private readonly Matrix _v = v;
    private readonly Matrix _g = g;
    private readonly Matrix _w = w;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var v = _v.Data + (long)row * _v.Stride;
        var w = _w.Data + (long)row * _w.Stride;
        var scale = TLanes.Broadcast(_g.Data[(long)row * _g.Stride] / MathF.Sqrt(WeightNorm.Dot<TLanes, TVector>(v, v, _v.Columns)));
        for (var i = 0; i < _v.Columns; i += TLanes.Count)
        {
            var left = _v.Columns - i;
            PartialVector<TLanes, TVector>.Store(TLanes.Multiply(scale, PartialVector<TLanes, TVector>.Load(v + i, left)), w + i, left);
        }
    }
}

internal readonly unsafe struct WeightNormGradient(Matrix v, Matrix g, Matrix dw, Matrix dv, Matrix dg) : IRowKernel
{
    private readonly Matrix _v = v;
    private readonly Matrix _g = g;
    private readonly Matrix _dw = dw;
    private readonly Matrix _dv = dv;
    private readonly Matrix _dg = dg;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var v = _v.Data + (long)row * _v.Stride;
        var dw = _dw.Data + (long)row * _dw.Stride;
        var square = WeightNorm.Dot<TLanes, TVector>(v, v, _v.Columns);
        var along = WeightNorm.Dot<TLanes, TVector>(dw, v, _v.Columns);
        var norm = MathF.Sqrt(square);
        if (!_dg.IsNull) _dg.Data[(long)row * _dg.Stride] += along / norm;
        if (_dv.IsNull) return;
        var dv = _dv.Data + (long)row * _dv.Stride;
        var scale = TLanes.Broadcast(_g.Data[(long)row * _g.Stride] / norm);
        var share = TLanes.Broadcast(-along / square);
        for (var i = 0; i < _v.Columns; i += TLanes.Count)
        {
            var left = _v.Columns - i;
            var across = TLanes.MultiplyAdd(share, PartialVector<TLanes, TVector>.Load(v + i, left), PartialVector<TLanes, TVector>.Load(dw + i, left));
            PartialVector<TLanes, TVector>.Store(TLanes.MultiplyAdd(scale, across, PartialVector<TLanes, TVector>.Load(dv + i, left)), dv + i, left);
        }
    }
}
