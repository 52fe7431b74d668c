using System.Runtime.CompilerServices;

namespace Qwen2Audio.Numerics;

/// <summary>
/// The forward pass over a row. The mean is taken from differences to the first number, rounded, and put right by the mean of the
/// differences to the rounded one: a large common offset costs no digits.
/// </summary>
internal readonly unsafe struct LayerNormKernel(
    Matrix x, Matrix gain, Matrix bias, float eps, Matrix y, Matrix mean, Matrix inverseDeviation) : IRowKernel
{
    private readonly Matrix _x = x;
    private readonly float* _gain = gain.Data;
    private readonly float* _bias = bias.Data;
    private readonly float _eps = eps;
    private readonly Matrix _y = y;
    private readonly Matrix _mean = mean;
    private readonly Matrix _inverseDeviation = inverseDeviation;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Row<TLanes, TVector>(int row)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var x = _x.Data + (long)row * _x.Stride;
        var y = _y.Data + (long)row * _y.Stride;
        var width = _x.Columns;
        if (width == 0) return;
        var start = TLanes.Broadcast(x[0]);
        var sums = TLanes.Zero;
        for (var (i, left) = (0, width); left > 0; i += TLanes.Count, left -= TLanes.Count)
            sums = TLanes.Add(sums, TLanes.Subtract(Part<TLanes, TVector>.Load(x + i, left, x[0]), start));

        var mean = (float)(x[0] + (double)TLanes.Sum(sums) / width);
        var centre = TLanes.Broadcast(mean);
        var squares = sums = TLanes.Zero;
        for (var (i, left) = (0, width); left > 0; i += TLanes.Count, left -= TLanes.Count)
        {
            var difference = TLanes.Subtract(Part<TLanes, TVector>.Load(x + i, left, mean), centre);
            sums = TLanes.Add(sums, difference);
            squares = TLanes.MultiplyAdd(difference, difference, squares);
        }

        var rest = (double)TLanes.Sum(sums) / width;
        double sum = TLanes.Sum(squares);
        var variance = Extremes.OutOfRange(sum)
            ? Extremes.SumOfSquares(x, width, mean + rest) / width
            : Math.Max(0, sum / width - rest * rest);
        var inverse = (float)(1 / Math.Sqrt(variance + _eps));
        if (!_mean.IsNull) _mean.Data[(long)row * _mean.Stride] = mean;
        if (!_inverseDeviation.IsNull) _inverseDeviation.Data[(long)row * _inverseDeviation.Stride] = inverse;

        var shift = TLanes.Broadcast((float)rest);
        var factor = TLanes.Broadcast(inverse);
        for (var (i, left) = (0, width); left > 0; i += TLanes.Count, left -= TLanes.Count)
        {
            var difference = TLanes.Subtract(TLanes.Subtract(Part<TLanes, TVector>.Load(x + i, left), centre), shift);
            var normal = TLanes.Multiply(difference, factor);
            var gain = Part<TLanes, TVector>.Load(_gain + i, left);
            Part<TLanes, TVector>.Store(TLanes.MultiplyAdd(gain, normal, Part<TLanes, TVector>.Load(_bias + i, left)), y + i, left);
        }
    }
}

/// <summary>
/// The backward pass over a block of rows. With n = (x − mean)/deviation and s = gain·dy:
/// dx += (s − mean(s) − n·mean(s·n))/deviation, dgain += dy·n, dbias += dy.
/// </summary>
internal readonly unsafe struct LayerNormGradient(
    Matrix x, Matrix gain, Matrix mean, Matrix inverseDeviation, Matrix dy, Matrix dx) : IRowBlockKernel
{
    private readonly Matrix _x = x;
    private readonly float* _gain = gain.Data;
    private readonly Matrix _mean = mean;
    private readonly Matrix _inverseDeviation = inverseDeviation;
    private readonly Matrix _dy = dy;
    private readonly Matrix _dx = dx;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Block<TLanes, TVector>(int first, int end, float* sums, float* others)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var width = _x.Columns;
        for (var row = first; row < end; row++)
        {
            var x = _x.Data + (long)row * _x.Stride;
            var dy = _dy.Data + (long)row * _dy.Stride;
            var dx = _dx.Data + (long)row * _dx.Stride;
            var rounded = _mean.Data[(long)row * _mean.Stride];
            var centre = TLanes.Broadcast(rounded);
            var inverse = _inverseDeviation.Data[(long)row * _inverseDeviation.Stride];
            var factor = TLanes.Broadcast(inverse);
            var (normals, slopes, products) = (TLanes.Zero, TLanes.Zero, TLanes.Zero);
            for (var (i, left) = (0, width); left > 0; i += TLanes.Count, left -= TLanes.Count)
            {
                var normal = TLanes.Multiply(TLanes.Subtract(Part<TLanes, TVector>.Load(x + i, left, rounded), centre), factor);
                var slope = TLanes.Multiply(Part<TLanes, TVector>.Load(dy + i, left), Part<TLanes, TVector>.Load(_gain + i, left));
                normals = TLanes.Add(normals, normal);
                slopes = TLanes.Add(slopes, slope);
                products = TLanes.MultiplyAdd(slope, normal, products);
            }

            var shift = (double)TLanes.Sum(normals) / width; // what the rounding of the mean left over
            double slopeSum = TLanes.Sum(slopes);
            var rest = TLanes.Broadcast((float)shift);
            var meanSlope = TLanes.Broadcast((float)(slopeSum / width));
            var meanProduct = TLanes.Broadcast((float)(-(TLanes.Sum(products) - shift * slopeSum) / width));
            for (var (i, left) = (0, width); left > 0; i += TLanes.Count, left -= TLanes.Count)
            {
                var normal = TLanes.Multiply(TLanes.Subtract(Part<TLanes, TVector>.Load(x + i, left), centre), factor);
                normal = TLanes.Subtract(normal, rest);
                var upstream = Part<TLanes, TVector>.Load(dy + i, left);
                var slope = TLanes.Multiply(upstream, Part<TLanes, TVector>.Load(_gain + i, left));
                var change = TLanes.MultiplyAdd(normal, meanProduct, TLanes.Subtract(slope, meanSlope));
                Part<TLanes, TVector>.Store(TLanes.MultiplyAdd(factor, change, Part<TLanes, TVector>.Load(dx + i, left)), dx + i, left);
                if (sums != null) TLanes.Store(TLanes.MultiplyAdd(upstream, normal, TLanes.Load(sums + i)), sums + i);
                if (others != null) TLanes.Store(TLanes.Add(upstream, TLanes.Load(others + i)), others + i);
            }
        }
    }
}
