using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Numerics.Norms;

/// <summary>
/// The forward pass over a row. The mean is computed from differences to the first value, rounded, then corrected by the mean of the
/// differences to the rounded mean: a large common offset costs no precision.
/// </summary>
internal readonly unsafe struct LayerNormKernel(
    Matrix x, Matrix gain, Matrix bias, float eps, Matrix y, Matrix mean, Matrix inverseDeviation) : IRowKernel
{
    private readonly float* _gain = gain.Data;
    private readonly float* _bias = bias.Data;


    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var source = x.Data + (long)row * x.Stride;
        var width = x.Columns;
        if (width == 0) return;
        var centre = (float)(source[0] + (double)Differences<TLanes, TVector>(source, width, source[0], out _) / width);
        var rest = (double)Differences<TLanes, TVector>(source, width, centre, out var squares) / width;
        var variance = Extremes.OutOfRange(squares)
            ? Extremes.SumOfSquares(source, width, centre + rest) / width
            : Math.Max(0, (double)squares / width - rest * rest);
        var inverse = (float)(1 / Math.Sqrt(variance + eps));
        if (!mean.IsNull) mean.Data[(long)row * mean.Stride] = centre;
        if (!inverseDeviation.IsNull) inverseDeviation.Data[(long)row * inverseDeviation.Stride] = inverse;
        Write<TLanes, TVector>(source, y.Data + (long)row * y.Stride, centre, (float)rest, inverse);
    }

    /// <summary>Σ (x − centre) and Σ (x − centre)².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Differences<TLanes, TVector>(float* x, int width, float centre, out float squares)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var origin = TLanes.Broadcast(centre);
        var (sums, products) = (TLanes.Zero, TLanes.Zero);
        var i = 0;
        for (; i <= width - TLanes.Count; i += TLanes.Count)
        {
            var difference = TLanes.Subtract(TLanes.Load(x + i), origin);
            sums = TLanes.Add(sums, difference);
            products = TLanes.MultiplyAdd(difference, difference, products);
        }

        if (i < width)
        {
            var difference = TLanes.Subtract(PartialVector<TLanes, TVector>.Load(x + i, width - i, centre), origin);
            sums = TLanes.Add(sums, difference);
            products = TLanes.MultiplyAdd(difference, difference, products);
        }

        squares = TLanes.Sum(products);
        return TLanes.Sum(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Write<TLanes, TVector>(float* source, float* y, float mean, float rest, float inverse)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var centre = TLanes.Broadcast(mean);
        var shift = TLanes.Broadcast(rest);
        var factor = TLanes.Broadcast(inverse);
        var width = x.Columns;
        var gain = _gain;
        var bias = _bias;
        var i = 0;
        for (; i <= width - TLanes.Count; i += TLanes.Count)
            Step<TLanes, TVector>(source + i, gain + i, bias + i, y + i, centre, shift, factor, TLanes.Count);
        if (i < width) Step<TLanes, TVector>(source + i, gain + i, bias + i, y + i, centre, shift, factor, width - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TLanes, TVector>(
        float* x, float* gain, float* bias, float* y, TVector centre, TVector shift, TVector factor, int left)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var difference = TLanes.Subtract(TLanes.Subtract(PartialVector<TLanes, TVector>.Load(x, left), centre), shift);
        var normal = TLanes.Multiply(difference, factor);
        var value = TLanes.MultiplyAdd(PartialVector<TLanes, TVector>.Load(gain, left), normal, PartialVector<TLanes, TVector>.Load(bias, left));
        PartialVector<TLanes, TVector>.Store(value, y, left);
    }
}
