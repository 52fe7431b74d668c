using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Time;

/// <summary>Average pooling over time with kernel 2 and stride 2, within each sequence.</summary>
public static unsafe class PairMean
{
    /// <summary>y[i] = (x[2i] + x[2i + 1])/2 in every sequence; an odd last row is dropped.</summary>
    /// <param name="x">[rows, w].</param>
    /// <param name="starts">First row of each sequence and the end: sequences + 1 values.</param>
    /// <param name="y">[output rows, w], overwritten.</param>
    /// <param name="yStarts">First output row of each sequence and the end.</param>
    /// <exception cref="ArgumentException">The shapes or the row offsets do not match.</exception>
    public static void Forward(WorkerPool pool, Matrix x, ReadOnlySpan<int> starts, Matrix y, ReadOnlySpan<int> yStarts)
    {
        Check(x, starts, y, yStarts);
        fixed (int* first = starts, yFirst = yStarts)
            RowSweep<PairMeanKernel>.Run(pool, new PairMeanKernel(x, first, y, yFirst, starts.Length - 1), y.Rows, x.Columns);
    }

    /// <summary>dx[2i] += dy[i]/2 and dx[2i + 1] += dy[i]/2 in every sequence.</summary>
    /// <param name="dy">[output rows, w].</param>
    /// <param name="yStarts">As in the forward pass.</param>
    /// <param name="dx">[rows, w], added to.</param>
    /// <param name="starts">As in the forward pass.</param>
    /// <exception cref="ArgumentException">The shapes or the row offsets do not match.</exception>
    public static void Backward(WorkerPool pool, Matrix dy, ReadOnlySpan<int> yStarts, Matrix dx, ReadOnlySpan<int> starts)
    {
        Check(dx, starts, dy, yStarts);
        fixed (int* first = starts, yFirst = yStarts)
            RowSweep<PairMeanGradient>.Run(pool, new PairMeanGradient(dx, first, dy, yFirst, starts.Length - 1), dy.Rows, dx.Columns);
    }

    private static void Check(Matrix x, ReadOnlySpan<int> starts, Matrix y, ReadOnlySpan<int> yStarts)
    {
        if (x.Columns != y.Columns) throw new ArgumentException($"Rows of {x.Columns} and {y.Columns} values: the widths must be equal.");
        if (starts.IsEmpty || starts.Length != yStarts.Length)
            throw new ArgumentException($"{starts.Length} row offsets of the input, {yStarts.Length} of the output: both are sequences + 1.");
        for (var s = 0; s + 1 < starts.Length; s++)
        {
            if (starts[s] < 0 || yStarts[s] < 0 || starts[s + 1] > x.Rows || yStarts[s + 1] > y.Rows || starts[s + 1] < starts[s]
                || yStarts[s + 1] - yStarts[s] != (starts[s + 1] - starts[s]) / 2)
            {
                throw new ArgumentException(
                    $"Sequence {s}: rows [{starts[s]}, {starts[s + 1]}) of {x.Rows} and output rows [{yStarts[s]}, {yStarts[s + 1]}) of {y.Rows} do not fit.");
            }
        }
    }
}

/// <summary>y[r] = the mean of its two rows; rows outside every sequence are left alone.</summary>
internal readonly unsafe struct PairMeanKernel(Matrix x, int* starts, Matrix y, int* yStarts, int sequences) : IRowKernel
{
    /// <summary>The first row of the pair behind output row <paramref name="row"/>, or −1 when it is in no sequence.</summary>
    public static int FirstOfPair(int row, int* starts, int* yStarts, int sequences)
    {
        var s = new ReadOnlySpan<int>(yStarts, sequences + 1).BinarySearch(row);
        if (s < 0) s = ~s - 1;
        while (s >= 0 && s < sequences && yStarts[s + 1] == row) s++; // past sequences without output rows
        return s < 0 || s >= sequences ? -1 : starts[s] + 2 * (row - yStarts[s]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var pair = FirstOfPair(row, starts, yStarts, sequences);
        if (pair < 0) return;
        var first = x.Data + (long)pair * x.Stride;
        var second = first + x.Stride;
        var target = y.Data + (long)row * y.Stride;
        var half = TLanes.Broadcast(0.5f);
        var width = x.Columns;
        var i = 0;
        for (; i <= width - TLanes.Count; i += TLanes.Count) Step<TLanes, TVector>(first + i, second + i, target + i, half, TLanes.Count);
        if (i < width) Step<TLanes, TVector>(first + i, second + i, target + i, half, width - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TLanes, TVector>(float* first, float* second, float* y, TVector half, int left)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var later = TLanes.Multiply(half, PartialVector<TLanes, TVector>.Load(second, left));
        PartialVector<TLanes, TVector>.Store(TLanes.MultiplyAdd(half, PartialVector<TLanes, TVector>.Load(first, left), later), y, left);
    }
}

/// <summary>Adds half of dy[r] to each of its two rows.</summary>
internal readonly unsafe struct PairMeanGradient(Matrix dx, int* starts, Matrix dy, int* yStarts, int sequences) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var pair = PairMeanKernel.FirstOfPair(row, starts, yStarts, sequences);
        if (pair < 0) return;
        var first = dx.Data + (long)pair * dx.Stride;
        var second = first + dx.Stride;
        var upstream = dy.Data + (long)row * dy.Stride;
        var half = TLanes.Broadcast(0.5f);
        var width = dx.Columns;
        var i = 0;
        for (; i <= width - TLanes.Count; i += TLanes.Count) Step<TLanes, TVector>(first + i, second + i, upstream + i, half, TLanes.Count);
        if (i < width) Step<TLanes, TVector>(first + i, second + i, upstream + i, half, width - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TLanes, TVector>(float* first, float* second, float* dy, TVector half, int left)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var slope = TLanes.Multiply(half, PartialVector<TLanes, TVector>.Load(dy, left));
        PartialVector<TLanes, TVector>.Store(TLanes.Add(PartialVector<TLanes, TVector>.Load(first, left), slope), first, left);
        PartialVector<TLanes, TVector>.Store(TLanes.Add(PartialVector<TLanes, TVector>.Load(second, left), slope), second, left);
    }
}
