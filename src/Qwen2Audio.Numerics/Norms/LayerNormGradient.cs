using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Numerics.Norms;

/// <summary>
/// The backward pass over a block of rows. With n = (x − mean)/deviation and s = gain·dy:
/// dx += (s − mean(s) − n·mean(s·n))/deviation, dgain += dy·n, dbias += dy.
/// </summary>
internal readonly unsafe struct LayerNormGradient(
    Matrix x, Matrix gain, Matrix mean, Matrix inverseDeviation, Matrix dy, Matrix dx) : IRowBlockKernel
{
    private readonly float* _gain = gain.Data;


    void IRowBlockKernel.Block<TLanes, TVector>(int first, int end, float* sums, float* others)
    {
        for (var row = first; row < end; row++)
        {
            Row<TLanes, TVector>(
                x.Data + (long)row * x.Stride, _gain, dy.Data + (long)row * dy.Stride, dx.Data + (long)row * dx.Stride, sums, others,
                mean.Data[(long)row * mean.Stride], inverseDeviation.Data[(long)row * inverseDeviation.Stride], x.Columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<TLanes, TVector>(
        float* x, float* gain, float* dy, float* dx, float* sums, float* others, float mean, float inverse, int width)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var centre = TLanes.Broadcast(mean);
        var factor = TLanes.Broadcast(inverse);
        var (normals, slopes, products) = (TLanes.Zero, TLanes.Zero, TLanes.Zero);
        var i = 0;
        for (; i <= width - TLanes.Count; i += TLanes.Count)
        {
            var normal = TLanes.Multiply(TLanes.Subtract(TLanes.Load(x + i), centre), factor);
            var slope = TLanes.Multiply(TLanes.Load(dy + i), TLanes.Load(gain + i));
            normals = TLanes.Add(normals, normal);
            slopes = TLanes.Add(slopes, slope);
            products = TLanes.MultiplyAdd(slope, normal, products);
        }

        if (i < width)
        {
            var left = width - i;
            var normal = TLanes.Multiply(TLanes.Subtract(PartialVector<TLanes, TVector>.Load(x + i, left, mean), centre), factor);
            var slope = TLanes.Multiply(PartialVector<TLanes, TVector>.Load(dy + i, left), PartialVector<TLanes, TVector>.Load(gain + i, left));
            normals = TLanes.Add(normals, normal);
            slopes = TLanes.Add(slopes, slope);
            products = TLanes.MultiplyAdd(slope, normal, products);
        }

        var shift = (double)TLanes.Sum(normals) / width; // what rounding the mean left over
        double slopeSum = TLanes.Sum(slopes);
        var rest = TLanes.Broadcast((float)shift);
        var meanSlope = TLanes.Broadcast((float)(slopeSum / width));
        var meanProduct = TLanes.Broadcast((float)(-(TLanes.Sum(products) - shift * slopeSum) / width));
        i = 0;
        for (; i <= width - TLanes.Count; i += TLanes.Count)
        {
            var normal = TLanes.Subtract(TLanes.Multiply(TLanes.Subtract(TLanes.Load(x + i), centre), factor), rest);
            Step<TLanes, TVector>(normal, gain, dy, dx, sums, others, factor, meanSlope, meanProduct, i, TLanes.Count);
        }

        if (i < width)
        {
            var values = PartialVector<TLanes, TVector>.Load(x + i, width - i);
            var normal = TLanes.Subtract(TLanes.Multiply(TLanes.Subtract(values, centre), factor), rest);
            Step<TLanes, TVector>(normal, gain, dy, dx, sums, others, factor, meanSlope, meanProduct, i, width - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TLanes, TVector>(
        TVector normal, float* gain, float* dy, float* dx, float* sums, float* others, TVector factor, TVector meanSlope,
        TVector meanProduct, int i, int left)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var upstream = PartialVector<TLanes, TVector>.Load(dy + i, left);
        var slope = TLanes.Multiply(upstream, PartialVector<TLanes, TVector>.Load(gain + i, left));
        var change = TLanes.MultiplyAdd(normal, meanProduct, TLanes.Subtract(slope, meanSlope));
        PartialVector<TLanes, TVector>.Store(TLanes.MultiplyAdd(factor, change, PartialVector<TLanes, TVector>.Load(dx + i, left)), dx + i, left);
        if (sums != null) TLanes.Store(TLanes.MultiplyAdd(upstream, normal, TLanes.Load(sums + i)), sums + i);
        if (others != null) TLanes.Store(TLanes.Add(upstream, TLanes.Load(others + i)), others + i);
    }
}
