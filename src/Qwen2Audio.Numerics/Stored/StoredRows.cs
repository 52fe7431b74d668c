using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Stored;

/// <summary>Stored rows widened to float32, for the products of a backward pass.</summary>
public static class StoredRows
{
    /// <summary>y[i] = row first + i of the stored matrix, widened exactly.</summary>
    /// <param name="stored">[entries, w].</param>
    /// <param name="first">The first row.</param>
    /// <param name="y">[rows, w], overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Widen(WorkerPool pool, StoredMatrix stored, int first, Matrix y)
    {
        ArgumentNullException.ThrowIfNull(pool);
        if (y.Columns != stored.Columns || first < 0 || first > stored.Rows - y.Rows)
            throw new ArgumentException($"Rows {first}…{first + y.Rows - 1} of {stored.Rows} × {stored.Columns} do not fill {y.Rows} × {y.Columns}.");
        RowSweep<StoredRowKernel>.Run(pool, new StoredRowKernel(stored, first, y), y.Rows, y.Columns);
    }

    /// <summary>y[i] = row ids[i] of the stored matrix, widened exactly: embeddings.</summary>
    /// <exception cref="ArgumentException">The shapes do not match, or an id is not a row.</exception>
    public static void Gather(StoredMatrix stored, ReadOnlySpan<int> ids, Matrix y)
    {
        Shapes.Is(y, ids.Length, stored.Columns);
        for (var i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)stored.Rows) throw new ArgumentException($"Id {ids[i]} at {i} is not one of the table's {stored.Rows} rows.");
            stored.CopyRow(ids[i], y.Row(i));
        }
    }
}

/// <summary>One row, widened.</summary>
internal readonly unsafe struct StoredRowKernel(StoredMatrix stored, int first, Matrix y) : IRowKernel
{
    void IRowKernel.Row<TLanes, TVector>(int row) =>
        StoredWidening.Widen(stored.Type, stored.Data + (first + row) * stored.RowBytes, y.Columns, y.Data + (long)row * y.Stride);
}
