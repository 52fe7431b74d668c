using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Products;

/// <summary>
/// Float32 matrix products C[M,N] (= or +=) op(A)[M,K] · op(B)[K,N]. Every element of C is one chain of (fused) multiply-adds over k
/// in order, starting from the bias, from zero, or from C itself; so its value depends neither on M nor on the number of threads,
/// and one row computed alone equals that row computed among others, bit for bit. C must not overlap the operands.
/// </summary>
public static unsafe class Gemm
{
    private const int ProductsOnStack = 64;

    /// <summary>C (= or +=) op(A) · op(B), plus the bias [1,N] on every row if there is one.</summary>
    /// <exception cref="ArgumentException">The shapes do not match, or a bias with <paramref name="accumulate"/>.</exception>
    public static void Multiply(
        WorkerPool pool, Matrix a, bool transposeA, Matrix b, bool transposeB, Matrix c, bool accumulate = false, Matrix bias = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var product = GemmProduct.From(a, transposeA, b, transposeB, c, accumulate, bias);
        GemmPlan.Run(pool, &product, 1);
    }

    /// <summary>C (= or +=) A · B with a packed B, plus the bias [1,N] on every row if there is one.</summary>
    /// <exception cref="ArgumentException">The shapes do not match, or a bias with <paramref name="accumulate"/>.</exception>
    public static void Multiply(WorkerPool pool, Matrix a, PackedMatrix b, Matrix c, bool accumulate = false, Matrix bias = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var product = GemmProduct.From(a, b, c, accumulate, bias);
        GemmPlan.Run(pool, &product, 1);
        GC.KeepAlive(b);
    }

    /// <summary>Independent products as one parallel job: no C may overlap another or any operand.</summary>
    /// <exception cref="ArgumentException">The shapes of a product do not match.</exception>
    public static void MultiplyAll(WorkerPool pool, ReadOnlySpan<GemmJob> jobs)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var products = jobs.Length <= ProductsOnStack ? stackalloc GemmProduct[jobs.Length] : SharedProducts(pool, jobs.Length);
        var count = 0;
        foreach (ref readonly var job in jobs)
        {
            var product = GemmProduct.From(job.A, job.TransposeA, job.B, job.TransposeB, job.C, job.Accumulate, default);
            if (product.Outputs > 0) products[count++] = product;
        }

        fixed (GemmProduct* first = products) GemmPlan.Run(pool, first, count);
    }

    /// <summary>Independent products with packed right operands as one parallel job: no C may overlap another or any operand.</summary>
    /// <exception cref="ArgumentException">The shapes of a product do not match.</exception>
    public static void MultiplyAll(WorkerPool pool, ReadOnlySpan<PackedGemmJob> jobs)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var products = jobs.Length <= ProductsOnStack ? stackalloc GemmProduct[jobs.Length] : SharedProducts(pool, jobs.Length);
        var count = 0;
        foreach (ref readonly var job in jobs)
        {
            var product = GemmProduct.From(job.A, job.B, job.C, job.Accumulate, default);
            if (product.Outputs > 0) products[count++] = product;
        }

        fixed (GemmProduct* first = products) GemmPlan.Run(pool, first, count);
        foreach (ref readonly var job in jobs) GC.KeepAlive(job.B);
    }

    private static Span<GemmProduct> SharedProducts(WorkerPool pool, int count) =>
        new(pool.Scratch(pool.Threads, (long)count * sizeof(GemmProduct) / sizeof(float) + 1), count);
}
