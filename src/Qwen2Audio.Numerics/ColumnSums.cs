namespace Qwen2Audio.Numerics;

/// <summary>Sums down the columns: the gradient of a bias.</summary>
public static class ColumnSums
{
    /// <summary>y[0, c] += Σ_r x[r, c], y [1, columns].</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Accumulate(WorkerPool pool, Matrix x, Matrix y)
    {
        Shapes.Is(y, 1, x.Columns);
        for (var r = 0; r < x.Rows; r++)
            for (var i = 0; i < x.Columns; i++) y.Row(0)[i] += x.Row(r)[i];
    }
}
