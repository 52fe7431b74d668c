using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Sweeps;

/// <summary>Takes rows of a table by number: embeddings, or a choice of rows.</summary>
public static unsafe class RowGather
{
    /// <summary>y[i] = table[ids[i]].</summary>
    /// <param name="table">[entries, w].</param>
    /// <param name="ids">An entry for each row of y.</param>
    /// <param name="y">[ids, w], overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not match, or an id is not a row of the table.</exception>
    public static void Forward(WorkerPool pool, Matrix table, ReadOnlySpan<int> ids, Matrix y)
    {
        Check(table, ids, y);
        fixed (int* pointer = ids)
            RowSweep<RowCopyKernel>.Run(pool, new RowCopyKernel(table, pointer, y), y.Rows, y.Columns);
    }

    /// <summary>dtable[ids[i]] += dy[i]; rows with the same id add up in their order.</summary>
    /// <param name="dy">[ids, w].</param>
    /// <param name="ids">As in the forward pass.</param>
    /// <param name="dtable">[entries, w], added to.</param>
    /// <exception cref="ArgumentException">The shapes do not match, or an id is not a row of the table.</exception>
    public static void Backward(WorkerPool pool, Matrix dy, ReadOnlySpan<int> ids, Matrix dtable)
    {
        Check(dtable, ids, dy);
        fixed (int* pointer = ids)
            ColumnStripes<RowAddStripe>.Run(pool, new RowAddStripe(dy, pointer, dtable), dy.Rows, dy.Columns);
    }

    private static void Check(Matrix table, ReadOnlySpan<int> ids, Matrix rows)
    {
        Shapes.Is(rows, ids.Length, table.Columns);
        for (var i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)table.Rows)
                throw new ArgumentException($"Id {ids[i]} at {i} is not one of the table's {table.Rows} rows.");
        }
    }
}

/// <summary>y[i] = table[ids[i]].</summary>
internal readonly unsafe struct RowCopyKernel(Matrix table, int* ids, Matrix y) : IRowKernel
{
    void IRowKernel.Row<TLanes, TVector>(int row) =>
        new ReadOnlySpan<float>(table.Data + (long)ids[row] * table.Stride, y.Columns)
            .CopyTo(new Span<float>(y.Data + (long)row * y.Stride, y.Columns));
}

/// <summary>dtable[ids[i]] += dy[i] for some columns: one worker adds all rows of its columns, in order.</summary>
internal readonly unsafe struct RowAddStripe(Matrix dy, int* ids, Matrix dtable) : IColumnKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IColumnKernel.Columns<TLanes, TVector>(int first, int count)
    {
        for (var row = 0; row < dy.Rows; row++)
        {
            var source = dy.Data + (long)row * dy.Stride + first;
            var target = dtable.Data + (long)ids[row] * dtable.Stride + first;
            var i = 0;
            for (; i <= count - TLanes.Count; i += TLanes.Count)
                TLanes.Store(TLanes.Add(TLanes.Load(target + i), TLanes.Load(source + i)), target + i);
            if (i == count) continue;
            var last = TLanes.Add(PartialVector<TLanes, TVector>.Load(target + i, count - i), PartialVector<TLanes, TVector>.Load(source + i, count - i));
            PartialVector<TLanes, TVector>.Store(last, target + i, count - i);
        }
    }
}
