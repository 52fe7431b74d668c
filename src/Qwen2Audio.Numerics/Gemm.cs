namespace Qwen2Audio.Numerics;

/// <summary>
/// Float32 matrix products C[M,N] (= or +=) op(A)[M,K] · op(B)[K,N]. Every element of C is one chain of (fused) multiply-adds over k
/// in order, starting from the bias, from zero, or from C itself; so its value depends neither on M nor on the number of threads,
/// and one row computed alone equals that row computed among others, bit for bit. C must not overlap the operands.
/// </summary>
public static unsafe class Gemm
{
    /// <summary>C (= or +=) op(A) · op(B), plus the bias [1,N] on every row when one is given.</summary>
    /// <exception cref="ArgumentException">Shapes do not fit, or a bias with <paramref name="accumulate"/>.</exception>
    public static void Multiply(
        WorkerPool pool, Matrix a, bool transposeA, Matrix b, bool transposeB, Matrix c, bool accumulate = false, Matrix bias = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var product = GemmProduct.From(a, transposeA, b, transposeB, c, accumulate, bias);
        Run(pool, &product, 1);
    }

    /// <summary>C (= or +=) A · B with a packed B, plus the bias [1,N] on every row when one is given.</summary>
    /// <exception cref="ArgumentException">Shapes do not fit, or a bias with <paramref name="accumulate"/>.</exception>
    public static void Multiply(WorkerPool pool, Matrix a, PackedMatrix b, Matrix c, bool accumulate = false, Matrix bias = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var product = GemmProduct.From(a, b, c, accumulate, bias);
        Run(pool, &product, 1);
        GC.KeepAlive(b);
    }

    /// <summary>Independent products as one parallel job: no C may overlap another or any operand.</summary>
    /// <exception cref="ArgumentException">Shapes of a product do not fit.</exception>
    public static void MultiplyAll(WorkerPool pool, ReadOnlySpan<GemmJob> jobs)
    {
        foreach (ref readonly var job in jobs) Multiply(pool, job.A, job.TransposeA, job.B, job.TransposeB, job.C, job.Accumulate);
    }

    /// <summary>Independent products with packed right operands as one parallel job: no C may overlap another or any operand.</summary>
    /// <exception cref="ArgumentException">Shapes of a product do not fit.</exception>
    public static void MultiplyAll(WorkerPool pool, ReadOnlySpan<PackedGemmJob> jobs)
    {
        foreach (ref readonly var job in jobs) Multiply(pool, job.A, job.B, job.C, job.Accumulate);
    }

    private static void Run(WorkerPool pool, GemmProduct* product, int count)
    {
        pool.Run(product->M, &Row, product);
    }

    private static void Row(void* context, int m, int worker)
    {
        var p = (GemmProduct*)context;
        if (p->BIsPacked) (p->BStep, p->BColumn) = (p->N, 1);
        var c = p->C + m * p->CRow;
        for (var n = 0; n < p->N; n++) c[n] = p->Initial == null ? 0f : p->Initial[m * p->InitialRow + n];
        for (var k = 0; k < p->K; k++)
        {
            var a = p->A[m * p->ARow + k * p->AStep];
            var b = p->B + k * p->BStep;
            for (var n = 0; n < p->N; n++) c[n] = MathF.FusedMultiplyAdd(a, b[n * p->BColumn], c[n]);
        }
    }
}
