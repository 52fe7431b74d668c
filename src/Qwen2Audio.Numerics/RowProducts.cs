using System.Runtime.CompilerServices;

namespace Qwen2Audio.Numerics;

/// <summary>y[r] = x[r] · scale[r].</summary>
internal readonly unsafe struct RowScaleKernel(Matrix x, Matrix scale, Matrix y) : IRowKernel
{
    private readonly Matrix _x = x;
    private readonly Matrix _scale = scale;
    private readonly Matrix _y = y;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Row<TLanes, TVector>(int row)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var x = _x.Data + (long)row * _x.Stride;
        var y = _y.Data + (long)row * _y.Stride;
        var factor = TLanes.Broadcast(_scale.Data[(long)row * _scale.Stride]);
        for (var (i, left) = (0, _x.Columns); left > 0; i += TLanes.Count, left -= TLanes.Count)
            Part<TLanes, TVector>.Store(TLanes.Multiply(Part<TLanes, TVector>.Load(x + i, left), factor), y + i, left);
    }
}

/// <summary>y[r] = ⟨a[r], b[r]⟩.</summary>
internal readonly unsafe struct RowDotKernel(Matrix a, Matrix b, Matrix y) : IRowKernel
{
    private readonly Matrix _a = a;
    private readonly Matrix _b = b;
    private readonly Matrix _y = y;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Row<TLanes, TVector>(int row)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var a = _a.Data + (long)row * _a.Stride;
        var b = _b.Data + (long)row * _b.Stride;
        var sum = TLanes.Zero;
        for (var (i, left) = (0, _a.Columns); left > 0; i += TLanes.Count, left -= TLanes.Count)
            sum = TLanes.MultiplyAdd(Part<TLanes, TVector>.Load(a + i, left), Part<TLanes, TVector>.Load(b + i, left), sum);
        _y.Data[(long)row * _y.Stride] = TLanes.Sum(sum);
    }
}
