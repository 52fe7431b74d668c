using Qwen2Audio.Numerics.Lanes;

namespace Qwen2Audio.Numerics.Sweeps;

/// <summary>y[r] = x[r] · scale[r].</summary>
internal readonly unsafe struct RowScaleKernel(Matrix x, Matrix scale, Matrix y) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var source = x.Data + (long)row * x.Stride;
        var target = y.Data + (long)row * y.Stride;
        var width = x.Columns;
        var factor = TLanes.Broadcast(scale.Data[(long)row * scale.Stride]);
        var i = 0;
        for (; i <= width - TLanes.Count; i += TLanes.Count) TLanes.Store(TLanes.Multiply(TLanes.Load(source + i), factor), target + i);
        if (i < width)
            PartialVector<TLanes, TVector>.Store(TLanes.Multiply(PartialVector<TLanes, TVector>.Load(source + i, width - i), factor), target + i, width - i);
    }
}

/// <summary>y[r, c] = x[r, c] · scale[c].</summary>
internal readonly unsafe struct ColumnScaleKernel(Matrix x, Matrix scale, Matrix y) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var source = x.Data + (long)row * x.Stride;
        var target = y.Data + (long)row * y.Stride;
        for (var i = 0; i < x.Columns; i += TLanes.Count)
        {
            var left = x.Columns - i;
            PartialVector<TLanes, TVector>.Store(
                TLanes.Multiply(PartialVector<TLanes, TVector>.Load(source + i, left), PartialVector<TLanes, TVector>.Load(scale.Data + i, left)), target + i, left);
        }
    }
}

/// <summary>y[r] = ⟨a[r], b[r]⟩.</summary>
internal readonly unsafe struct RowDotKernel(Matrix a, Matrix b, Matrix y) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row) =>
        y.Data[(long)row * y.Stride] =
            Dot<TLanes, TVector>(a.Data + (long)row * a.Stride, b.Data + (long)row * b.Stride, a.Columns);

    /// <summary>⟨a, b⟩.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot<TLanes, TVector>(float* a, float* b, int count)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var (low, high) = (TLanes.Zero, TLanes.Zero);
        var i = 0;
        for (; i <= count - 2 * TLanes.Count; i += 2 * TLanes.Count)
        {
            low = TLanes.MultiplyAdd(TLanes.Load(a + i), TLanes.Load(b + i), low);
            high = TLanes.MultiplyAdd(TLanes.Load(a + i + TLanes.Count), TLanes.Load(b + i + TLanes.Count), high);
        }

        for (; i < count; i += TLanes.Count) // twice at most
            low = TLanes.MultiplyAdd(PartialVector<TLanes, TVector>.Load(a + i, count - i), PartialVector<TLanes, TVector>.Load(b + i, count - i), low);
        return TLanes.Sum(TLanes.Add(low, high));
    }
}
