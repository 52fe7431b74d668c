using System.Runtime.CompilerServices;

namespace Qwen2Audio.Numerics;

/// <summary>Sums down the columns: the gradient of a bias.</summary>
public static class ColumnSums
{
    /// <summary>y[0, c] += Σ_r x[r, c], y [1, columns].</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Accumulate(WorkerPool pool, Matrix x, Matrix y)
    {
        Shapes.Is(y, 1, x.Columns);
        RowBlockSums<ColumnSum>.Run(pool, new ColumnSum(x), x.Rows, y, default);
    }
}

/// <summary>Adds up rows, four at a time so that the sums are loaded and stored less often.</summary>
internal readonly unsafe struct ColumnSum(Matrix x) : IRowBlockKernel
{
    private readonly Matrix _x = x;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Block<TLanes, TVector>(int first, int end, float* sums, float* others)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var stride = (long)_x.Stride;
        var row = first;
        for (; row <= end - 4; row += 4)
        {
            var x = _x.Data + row * stride;
            for (var (i, left) = (0, _x.Columns); left > 0; i += TLanes.Count, left -= TLanes.Count, x += TLanes.Count)
            {
                var low = TLanes.Add(Part<TLanes, TVector>.Load(x, left), Part<TLanes, TVector>.Load(x + stride, left));
                var high = TLanes.Add(Part<TLanes, TVector>.Load(x + 2 * stride, left), Part<TLanes, TVector>.Load(x + 3 * stride, left));
                TLanes.Store(TLanes.Add(TLanes.Load(sums + i), TLanes.Add(low, high)), sums + i);
            }
        }

        for (; row < end; row++)
        {
            var x = _x.Data + row * stride;
            for (var (i, left) = (0, _x.Columns); left > 0; i += TLanes.Count, left -= TLanes.Count)
                TLanes.Store(TLanes.Add(TLanes.Load(sums + i), Part<TLanes, TVector>.Load(x + i, left)), sums + i);
        }
    }
}
