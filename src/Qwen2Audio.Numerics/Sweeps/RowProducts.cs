using Qwen2Audio.Numerics.Lanes;

namespace Qwen2Audio.Numerics.Sweeps;

/// <summary>y[r] = x[r] · scale[r].</summary>
internal readonly unsafe struct RowScaleKernel(Matrix x, Matrix scale, Matrix y) : IRowKernel
{
    private readonly Matrix _x = x;
    private readonly Matrix _scale = scale;
    private readonly Matrix _y = y;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var x = _x.Data + (long)row * _x.Stride;
        var y = _y.Data + (long)row * _y.Stride;
        var width = _x.Columns;
        var factor = TLanes.Broadcast(_scale.Data[(long)row * _scale.Stride]);
        var i = 0;
        for (; i <= width - TLanes.Count; i += TLanes.Count) TLanes.Store(TLanes.Multiply(TLanes.Load(x + i), factor), y + i);
        if (i < width)
            PartialVector<TLanes, TVector>.Store(TLanes.Multiply(PartialVector<TLanes, TVector>.Load(x + i, width - i), factor), y + i, width - i);
    }
}

/// <summary>y[r, c] = x[r, c] · scale[c].</summary>
internal readonly unsafe struct ColumnScaleKernel(Matrix x, Matrix scale, Matrix y) : IRowKernel
{
    private readonly Matrix _x = x;
    private readonly Matrix _scale = scale;
    private readonly Matrix _y = y;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var x = _x.Data + (long)row * _x.Stride;
        var y = _y.Data + (long)row * _y.Stride;
        for (var i = 0; i < _x.Columns; i += TLanes.Count)
        {
            var left = _x.Columns - i;
            PartialVector<TLanes, TVector>.Store(
                TLanes.Multiply(PartialVector<TLanes, TVector>.Load(x + i, left), PartialVector<TLanes, TVector>.Load(_scale.Data + i, left)), y + i, left);
        }
    }
}

/// <summary>y[r] = ⟨a[r], b[r]⟩.</summary>
internal readonly unsafe struct RowDotKernel(Matrix a, Matrix b, Matrix y) : IRowKernel
{
    private readonly Matrix _a = a;
    private readonly Matrix _b = b;
    private readonly Matrix _y = y;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row) =>
        _y.Data[(long)row * _y.Stride] =
            Dot<TLanes, TVector>(_a.Data + (long)row * _a.Stride, _b.Data + (long)row * _b.Stride, _a.Columns);

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
