using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Sweeps;

/// <summary>Sums down the columns: the gradient of a bias.</summary>
public static class ColumnSums
{
    /// <summary>y[0, c] += Σ_r x[r, c], y [1, columns].</summary>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Accumulate(WorkerPool pool, Matrix x, Matrix y)
    {
        Shapes.Is(y, 1, x.Columns);
        RowBlockSums<ColumnSum>.Run(pool, new ColumnSum(x), x.Rows, x.Columns, y, default);
    }
}

/// <summary>Adds up rows, four at a time so that the sums are loaded and stored less often.</summary>
internal readonly unsafe struct ColumnSum(Matrix x) : IRowBlockKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowBlockKernel.Block<TLanes, TVector>(int first, int end, float* sums, float* others)
    {
        var stride = (long)x.Stride;
        var width = x.Columns;
        var row = first;
        for (; row <= end - 4; row += 4)
        {
            var source = x.Data + row * stride;
            var i = 0;
            for (; i <= width - TLanes.Count; i += TLanes.Count) Four<TLanes, TVector>(source + i, stride, sums + i, TLanes.Count);
            if (i < width) Four<TLanes, TVector>(source + i, stride, sums + i, width - i);
        }

        for (; row < end; row++)
        {
            var source = x.Data + row * stride;
            for (var i = 0; i < width; i += TLanes.Count)
                TLanes.Store(TLanes.Add(TLanes.Load(sums + i), PartialVector<TLanes, TVector>.Load(source + i, width - i)), sums + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four<TLanes, TVector>(float* x, long stride, float* sums, int left)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var low = TLanes.Add(PartialVector<TLanes, TVector>.Load(x, left), PartialVector<TLanes, TVector>.Load(x + stride, left));
        var high = TLanes.Add(PartialVector<TLanes, TVector>.Load(x + 2 * stride, left), PartialVector<TLanes, TVector>.Load(x + 3 * stride, left));
        TLanes.Store(TLanes.Add(TLanes.Load(sums), TLanes.Add(low, high)), sums);
    }
}
