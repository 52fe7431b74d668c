namespace Qwen2Audio.Numerics;

/// <summary>Takes rows of a table by number: embeddings, or a choice of rows.</summary>
public static class RowGather
{
    /// <summary>y[i] = table[ids[i]].</summary>
    /// <param name="pool">The workers.</param>
    /// <param name="table">[entries, w].</param>
    /// <param name="ids">An entry for each row of y.</param>
    /// <param name="y">[ids, w], overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or an id is no row of the table.</exception>
    public static void Forward(WorkerPool pool, Matrix table, ReadOnlySpan<int> ids, Matrix y)
    {
        Check(table, ids, y);
        for (var i = 0; i < ids.Length; i++) table.Row(ids[i]).CopyTo(y.Row(i));
    }

    /// <summary>dtable[ids[i]] += dy[i]; rows with the same id add up in their order.</summary>
    /// <param name="pool">The workers.</param>
    /// <param name="dy">[ids, w].</param>
    /// <param name="ids">As given to the forward pass.</param>
    /// <param name="dtable">[entries, w], added to.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or an id is no row of the table.</exception>
    public static void Backward(WorkerPool pool, Matrix dy, ReadOnlySpan<int> ids, Matrix dtable)
    {
        Check(dtable, ids, dy);
        for (var i = 0; i < ids.Length; i++)
            for (var c = 0; c < dy.Columns; c++) dtable.Row(ids[i])[c] += dy.Row(i)[c];
    }

    private static void Check(Matrix table, ReadOnlySpan<int> ids, Matrix rows)
    {
        Shapes.Is(rows, ids.Length, table.Columns);
        for (var i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)table.Rows)
                throw new ArgumentException($"Id {ids[i]} at {i} is none of the table's {table.Rows} rows.");
        }
    }
}
