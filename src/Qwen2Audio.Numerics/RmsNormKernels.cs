using System.Runtime.CompilerServices;

namespace Qwen2Audio.Numerics;

/// <summary>The forward pass over a row.</summary>
internal readonly unsafe struct RmsNormKernel(Matrix x, Matrix gain, float eps, Matrix y, Matrix inverseRms) : IRowKernel
{
    private readonly Matrix _x = x;
    private readonly float* _gain = gain.Data;
    private readonly float _eps = eps;
    private readonly Matrix _y = y;
    private readonly Matrix _inverseRms = inverseRms;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Row<TLanes, TVector>(int row)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var x = _x.Data + (long)row * _x.Stride;
        var y = _y.Data + (long)row * _y.Stride;
        var width = _x.Columns;
        var squares = TLanes.Zero;
        for (var (i, left) = (0, width); left > 0; i += TLanes.Count, left -= TLanes.Count)
        {
            var value = Part<TLanes, TVector>.Load(x + i, left);
            squares = TLanes.MultiplyAdd(value, value, squares);
        }

        double sum = TLanes.Sum(squares);
        if (Extremes.OutOfRange(sum)) sum = Extremes.SumOfSquares(x, width, 0);
        var inverse = (float)(1 / Math.Sqrt(sum / width + _eps));
        if (!_inverseRms.IsNull) _inverseRms.Data[(long)row * _inverseRms.Stride] = inverse;
        var factor = TLanes.Broadcast(inverse);
        for (var (i, left) = (0, width); left > 0; i += TLanes.Count, left -= TLanes.Count)
        {
            var normal = TLanes.Multiply(Part<TLanes, TVector>.Load(x + i, left), factor);
            Part<TLanes, TVector>.Store(TLanes.Multiply(Part<TLanes, TVector>.Load(_gain + i, left), normal), y + i, left);
        }
    }
}

/// <summary>The backward pass over a block of rows. With n = x/rms and s = gain·dy: dx += (s − n·mean(s·n))/rms, dgain += dy·n.</summary>
internal readonly unsafe struct RmsNormGradient(Matrix x, Matrix gain, Matrix inverseRms, Matrix dy, Matrix dx) : IRowBlockKernel
{
    private readonly Matrix _x = x;
    private readonly float* _gain = gain.Data;
    private readonly Matrix _inverseRms = inverseRms;
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
            var inverse = TLanes.Broadcast(_inverseRms.Data[(long)row * _inverseRms.Stride]);
            var dot = TLanes.Zero;
            for (var (i, left) = (0, width); left > 0; i += TLanes.Count, left -= TLanes.Count)
            {
                var normal = TLanes.Multiply(Part<TLanes, TVector>.Load(x + i, left), inverse);
                var slope = TLanes.Multiply(Part<TLanes, TVector>.Load(dy + i, left), Part<TLanes, TVector>.Load(_gain + i, left));
                dot = TLanes.MultiplyAdd(slope, normal, dot);
            }

            var mean = TLanes.Broadcast(-TLanes.Sum(dot) / width);
            for (var (i, left) = (0, width); left > 0; i += TLanes.Count, left -= TLanes.Count)
            {
                var normal = TLanes.Multiply(Part<TLanes, TVector>.Load(x + i, left), inverse);
                var upstream = Part<TLanes, TVector>.Load(dy + i, left);
                var slope = TLanes.Multiply(upstream, Part<TLanes, TVector>.Load(_gain + i, left));
                var change = TLanes.MultiplyAdd(normal, mean, slope);
                Part<TLanes, TVector>.Store(TLanes.MultiplyAdd(inverse, change, Part<TLanes, TVector>.Load(dx + i, left)), dx + i, left);
                if (sums != null) TLanes.Store(TLanes.MultiplyAdd(upstream, normal, TLanes.Load(sums + i)), sums + i);
            }
        }
    }
}
