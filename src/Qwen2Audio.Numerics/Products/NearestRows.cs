using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Products;

/// <summary>Finds the codebook entry nearest to a row.</summary>
public static unsafe class NearestRows
{
    /// <summary>Entries side by side in the transposed codebook are a multiple of this: four of the widest vectors.</summary>
    internal const int Together = 64;

    /// <summary>nearest[r] = the first e with the least Σ (x[r] − entries[e])².</summary>
    /// <param name="x">[rows, width].</param>
    /// <param name="entries">[entries, width], at least one.</param>
    /// <param name="nearest">One for each row, overwritten; 0 where a row is not finite.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Find(WorkerPool pool, Matrix x, Matrix entries, Span<int> nearest)
    {
        ArgumentNullException.ThrowIfNull(pool);
        Shapes.Is(entries, Math.Max(1, entries.Rows), x.Columns);
        var stride = Stride(entries.Rows);
        var turned = new Matrix(pool.Scratch(pool.Threads, (long)stride * x.Columns), x.Columns, stride, stride);
        turned.Clear();
        Turn(entries, turned);
        Find(pool, x, turned, entries.Rows, nearest);
    }

    /// <summary>The same for entries that were turned before, with the same bits.</summary>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Find(WorkerPool pool, Matrix x, SearchedEntries entries, Span<int> nearest)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(entries);
        Shapes.Is(x, x.Rows, entries.Width);
        Find(pool, x, entries.Turned, entries.Count, nearest);
    }

    /// <summary>Numbers of a row of the turned entries.</summary>
    internal static int Stride(int entries) => (entries + Together - 1) / Together * Together;

    /// <summary>Transposes the entries into [width, <see cref="Stride"/>], which is zeroed.</summary>
    internal static void Turn(Matrix entries, Matrix turned)
    {
        for (var e = 0; e < entries.Rows / 4 * 4; e += 4)
        {
            var entry = entries.Data + (long)e * entries.Stride;
            Transposition.FourRows(
                entry, entry + entries.Stride, entry + 2L * entries.Stride, entry + 3L * entries.Stride, entries.Columns, 1, turned.Data + e, turned.Stride);
        }

        for (var e = entries.Rows / 4 * 4; e < entries.Rows; e++)
            for (var d = 0; d < entries.Columns; d++) turned.Data[(long)d * turned.Stride + e] = entries.Data[(long)e * entries.Stride + d];
    }

    private static void Find(WorkerPool pool, Matrix x, Matrix turned, int entries, Span<int> nearest)
    {
        Shapes.Length(nearest.Length, x.Rows, nameof(nearest));
        fixed (int* pointer = nearest)
        {
            var kernel = new NearestRowKernel(x, turned, entries, pointer);
            RowSweep<NearestRowKernel>.Run(pool, kernel, x.Rows, (int)Math.Min((long)x.Columns * entries, 1 << 14));
        }
    }
}

/// <summary>An entry in each lane: every distance is one chain over the columns, whatever the vector width.</summary>
internal readonly unsafe struct NearestRowKernel(Matrix x, Matrix turned, int entries, int* nearest) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var source = x.Data + (long)row * x.Stride;
        var distances = stackalloc float[NearestRows.Together];
        var (best, least) = (0, float.PositiveInfinity);
        for (var first = 0; first < entries; first += 4 * TLanes.Count)
        {
            Four<TLanes, TVector>(source, turned.Data + first, distances);
            var count = Math.Min(4 * TLanes.Count, entries - first);
            for (var i = 0; i < count; i++)
            {
                if (distances[i] < least) (best, least) = (first + i, distances[i]);
            }
        }

        nearest[row] = best;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Four<TLanes, TVector>(float* source, float* entry, float* distances)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var (a, b, c, d) = (TLanes.Zero, TLanes.Zero, TLanes.Zero, TLanes.Zero);
        for (var i = 0; i < x.Columns; i++, entry += turned.Stride)
        {
            var value = TLanes.Broadcast(source[i]);
            var difference = TLanes.Subtract(TLanes.Load(entry), value);
            a = TLanes.MultiplyAdd(difference, difference, a);
            difference = TLanes.Subtract(TLanes.Load(entry + TLanes.Count), value);
            b = TLanes.MultiplyAdd(difference, difference, b);
            difference = TLanes.Subtract(TLanes.Load(entry + 2 * TLanes.Count), value);
            c = TLanes.MultiplyAdd(difference, difference, c);
            difference = TLanes.Subtract(TLanes.Load(entry + 3 * TLanes.Count), value);
            d = TLanes.MultiplyAdd(difference, difference, d);
        }

        TLanes.Store(a, distances);
        TLanes.Store(b, distances + TLanes.Count);
        TLanes.Store(c, distances + 2 * TLanes.Count);
        TLanes.Store(d, distances + 3 * TLanes.Count);
    }
}
