namespace Qwen2Audio.Numerics;

/// <summary>Sums, products and reductions of matrices, number by number or row by row.</summary>
public static class Vectors
{
    /// <summary>y += x.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Add(WorkerPool pool, Matrix x, Matrix y) => AddScaled(pool, 1, x, y);

    /// <summary>y += s · x.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void AddScaled(WorkerPool pool, float s, Matrix x, Matrix y)
    {
        Shapes.Same(x, y);
        for (var r = 0; r < x.Rows; r++)
            for (var i = 0; i < x.Columns; i++) y.Row(r)[i] += s * x.Row(r)[i];
    }

    /// <summary>x = s · x.</summary>
    public static void Scale(WorkerPool pool, float s, Matrix x)
    {
        for (var r = 0; r < x.Rows; r++)
            for (var i = 0; i < x.Columns; i++) x.Row(r)[i] *= s;
    }

    /// <summary>y = a · b, number by number; y may be a or b.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Multiply(WorkerPool pool, Matrix a, Matrix b, Matrix y)
    {
        Shapes.Same(a, b);
        Shapes.Same(a, y);
        for (var r = 0; r < a.Rows; r++)
            for (var i = 0; i < a.Columns; i++) y.Row(r)[i] = a.Row(r)[i] * b.Row(r)[i];
    }

    /// <summary>Σ x², in double precision.</summary>
    public static double SumOfSquares(WorkerPool pool, Matrix x)
    {
        var sum = 0.0;
        for (var r = 0; r < x.Rows; r++)
            foreach (var value in x.Row(r)) sum += (double)value * value;
        return sum;
    }

    /// <summary>Σ x, in double precision.</summary>
    public static double Sum(WorkerPool pool, Matrix x)
    {
        var sum = 0.0;
        for (var r = 0; r < x.Rows; r++)
            foreach (var value in x.Row(r)) sum += value;
        return sum;
    }

    /// <summary>True when there is neither an infinity nor a not-a-number in x.</summary>
    public static bool AllFinite(WorkerPool pool, Matrix x)
    {
        for (var r = 0; r < x.Rows; r++)
            foreach (var value in x.Row(r)) if (!float.IsFinite(value)) return false;
        return true;
    }

    /// <summary>y[r] = x[r] · scale[r], scale [rows, 1]; y may be x.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void RowScale(WorkerPool pool, Matrix x, Matrix scale, Matrix y)
    {
        Shapes.Same(x, y);
        Shapes.Is(scale, x.Rows, 1);
        for (var r = 0; r < x.Rows; r++)
            for (var i = 0; i < x.Columns; i++) y.Row(r)[i] = x.Row(r)[i] * scale.Row(r)[0];
    }

    /// <summary>y[r] = ⟨a[r], b[r]⟩, y [rows, 1].</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void RowDots(WorkerPool pool, Matrix a, Matrix b, Matrix y)
    {
        Shapes.Same(a, b);
        Shapes.Is(y, a.Rows, 1);
        for (var r = 0; r < a.Rows; r++)
        {
            var sum = 0.0;
            for (var i = 0; i < a.Columns; i++) sum += (double)a.Row(r)[i] * b.Row(r)[i];
            y.Row(r)[0] = (float)sum;
        }
    }
}
