using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Sweeps;

/// <summary>Sums, products and reductions of matrices, element by element or row by row.</summary>
public static class Vectors
{
    /// <summary>y += x.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Add(WorkerPool pool, Matrix x, Matrix y)
    {
        Shapes.Same(x, y);
        ElementSweep<PairMap<Addition>>.Run(pool, default, x, y, y);
    }

    /// <summary>y += s · x.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void AddScaled(WorkerPool pool, float s, Matrix x, Matrix y)
    {
        Shapes.Same(x, y);
        ElementSweep<PairMap<ScaledAddition>>.Run(pool, new(new(s)), x, y, y);
    }

    /// <summary>y += s · (x − y): exact for y = x, for any s.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Approach(WorkerPool pool, float s, Matrix x, Matrix y)
    {
        Shapes.Same(x, y);
        ElementSweep<PairMap<Approaching>>.Run(pool, new(new(s)), x, y, y);
    }

    /// <summary>x = s · x.</summary>
    public static void Scale(WorkerPool pool, float s, Matrix x) => ElementSweep<FunctionMap<Scaling>>.Run(pool, new(new(s)), x, x);

    /// <summary>y = a · b, element by element; y may be a or b.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Multiply(WorkerPool pool, Matrix a, Matrix b, Matrix y)
    {
        Shapes.Same(a, b);
        Shapes.Same(a, y);
        ElementSweep<PairMap<Multiplication>>.Run(pool, default, a, b, y);
    }

    /// <summary>Σ x², in double precision.</summary>
    public static double SumOfSquares(WorkerPool pool, Matrix x) => BlockSums.Run(pool, x, BlockSums.Kind.Squares);

    /// <summary>Σ x, in double precision.</summary>
    public static double Sum(WorkerPool pool, Matrix x) => BlockSums.Run(pool, x, BlockSums.Kind.Numbers);

    /// <summary>True when there is neither an infinity nor a NaN in x.</summary>
    public static bool AllFinite(WorkerPool pool, Matrix x) => BlockSums.Run(pool, x, BlockSums.Kind.NotFinite) == 0;

    /// <summary>y[r] = x[r] · scale[r], scale [rows, 1]; y may be x.</summary>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void RowScale(WorkerPool pool, Matrix x, Matrix scale, Matrix y)
    {
        Shapes.Same(x, y);
        Shapes.Is(scale, x.Rows, 1);
        RowSweep<RowScaleKernel>.Run(pool, new RowScaleKernel(x, scale, y), x.Rows, x.Columns);
    }

    /// <summary>y[r, c] = x[r, c] · scale[0, c], scale [1, columns]; y may be x.</summary>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void ColumnScale(WorkerPool pool, Matrix x, Matrix scale, Matrix y)
    {
        Shapes.Same(x, y);
        Shapes.Is(scale, 1, x.Columns);
        RowSweep<ColumnScaleKernel>.Run(pool, new ColumnScaleKernel(x, scale, y), x.Rows, x.Columns);
    }

    /// <summary>y[r] = ⟨a[r], b[r]⟩, y [rows, 1].</summary>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void RowDots(WorkerPool pool, Matrix a, Matrix b, Matrix y)
    {
        Shapes.Same(a, b);
        Shapes.Is(y, a.Rows, 1);
        RowSweep<RowDotKernel>.Run(pool, new RowDotKernel(a, b, y), a.Rows, a.Columns);
    }
}
