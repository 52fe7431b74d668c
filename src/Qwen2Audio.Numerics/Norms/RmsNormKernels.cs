using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Numerics.Norms;

/// <summary>The forward pass over a row.</summary>
internal readonly unsafe struct RmsNormKernel(Matrix x, Matrix gain, float eps, Matrix y, Matrix inverseRms) : IRowKernel
{
    private readonly float* _gain = gain.Data;


    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var source = x.Data + (long)row * x.Stride;
        var target = y.Data + (long)row * y.Stride;
        var width = x.Columns;
        double sum = RowDotKernel.Dot<TLanes, TVector>(source, source, width);
        if (Extremes.OutOfRange(sum)) sum = Extremes.SumOfSquares(source, width, 0);
        var inverse = (float)(1 / Math.Sqrt(sum / width + eps));
        if (!inverseRms.IsNull) inverseRms.Data[(long)row * inverseRms.Stride] = inverse;

        var gain = _gain;
        var factor = TLanes.Broadcast(inverse);
        var i = 0;
        for (; i <= width - TLanes.Count; i += TLanes.Count) Step<TLanes, TVector>(source + i, gain + i, target + i, factor, TLanes.Count);
        if (i < width) Step<TLanes, TVector>(source + i, gain + i, target + i, factor, width - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TLanes, TVector>(float* x, float* gain, float* y, TVector factor, int left)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var normal = TLanes.Multiply(PartialVector<TLanes, TVector>.Load(x, left), factor);
        PartialVector<TLanes, TVector>.Store(TLanes.Multiply(PartialVector<TLanes, TVector>.Load(gain, left), normal), y, left);
    }
}

/// <summary>The backward pass over a block of rows. With n = x/rms and s = gain·dy: dx += (s − n·mean(s·n))/rms, dgain += dy·n.</summary>
internal readonly unsafe struct RmsNormGradient(Matrix x, Matrix gain, Matrix inverseRms, Matrix dy, Matrix dx) : IRowBlockKernel
{
    private readonly float* _gain = gain.Data;


    void IRowBlockKernel.Block<TLanes, TVector>(int first, int end, float* sums, float* others)
    {
        for (var row = first; row < end; row++)
        {
            Row<TLanes, TVector>(
                x.Data + (long)row * x.Stride, _gain, dy.Data + (long)row * dy.Stride, dx.Data + (long)row * dx.Stride, sums,
                inverseRms.Data[(long)row * inverseRms.Stride], x.Columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<TLanes, TVector>(float* x, float* gain, float* dy, float* dx, float* sums, float inverse, int width)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var factor = TLanes.Broadcast(inverse);
        var dot = TLanes.Zero;
        var i = 0;
        for (; i <= width - TLanes.Count; i += TLanes.Count) dot = Dot<TLanes, TVector>(x + i, gain + i, dy + i, factor, dot, TLanes.Count);
        if (i < width) dot = Dot<TLanes, TVector>(x + i, gain + i, dy + i, factor, dot, width - i);

        var mean = TLanes.Broadcast(-TLanes.Sum(dot) / width);
        i = 0;
        for (; i <= width - TLanes.Count; i += TLanes.Count)
            Step<TLanes, TVector>(x + i, gain + i, dy + i, dx + i, sums == null ? null : sums + i, factor, mean, TLanes.Count);
        if (i < width) Step<TLanes, TVector>(x + i, gain + i, dy + i, dx + i, sums == null ? null : sums + i, factor, mean, width - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Dot<TLanes, TVector>(float* x, float* gain, float* dy, TVector factor, TVector dot, int left)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var slope = TLanes.Multiply(PartialVector<TLanes, TVector>.Load(dy, left), PartialVector<TLanes, TVector>.Load(gain, left));
        return TLanes.MultiplyAdd(slope, TLanes.Multiply(PartialVector<TLanes, TVector>.Load(x, left), factor), dot);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TLanes, TVector>(
        float* x, float* gain, float* dy, float* dx, float* sums, TVector factor, TVector mean, int left)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var normal = TLanes.Multiply(PartialVector<TLanes, TVector>.Load(x, left), factor);
        var upstream = PartialVector<TLanes, TVector>.Load(dy, left);
        var change = TLanes.MultiplyAdd(normal, mean, TLanes.Multiply(upstream, PartialVector<TLanes, TVector>.Load(gain, left)));
        PartialVector<TLanes, TVector>.Store(TLanes.MultiplyAdd(factor, change, PartialVector<TLanes, TVector>.Load(dx, left)), dx, left);
        if (sums != null) TLanes.Store(TLanes.MultiplyAdd(upstream, normal, TLanes.Load(sums)), sums);
    }
}
