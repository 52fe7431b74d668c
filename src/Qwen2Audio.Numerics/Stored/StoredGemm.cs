using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Stored;

/// <summary>One product of a <see cref="StoredGemm.MultiplyAll"/>: y (= or +=) x · weightᵀ.</summary>
public readonly struct StoredGemmJob(Matrix x, StoredMatrix weight, Matrix y, bool accumulate)
{
    /// <summary>[rows, in].</summary>
    public Matrix X { get; } = x;

    /// <summary>[out, in].</summary>
    public StoredMatrix Weight { get; } = weight;

    /// <summary>[rows, out].</summary>
    public Matrix Y { get; } = y;

    /// <summary>Whether the product is added to y instead of overwriting it.</summary>
    public bool Accumulate { get; } = accumulate;
}

/// <summary>
/// Float32 products y = x · weightᵀ with weights used in place, in their stored type: nothing is packed or cached, so a mapped
/// checkpoint needs no memory besides its file. Every number of y is the sum over blocks of <see cref="StoredPlan.BlockDepth"/> of the
/// inner index, in order, of sums as in <see cref="StoredTileKernel{TStored,TLanes,TVector}"/>; it depends neither on the number of
/// rows nor on the number of threads.
/// </summary>
public static unsafe class StoredGemm
{
    private const int ProductsOnStack = 32;

    /// <summary>y (= or +=) x · weightᵀ, plus the bias [1, out] on every row if there is one.</summary>
    /// <exception cref="ArgumentException">The shapes do not match, or a bias with <paramref name="accumulate"/>.</exception>
    public static void Multiply(
        WorkerPool pool, Matrix x, StoredMatrix weight, Matrix y, bool accumulate = false, Matrix bias = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var product = StoredProduct.From(x, weight, y, accumulate, bias);
        StoredPlan.Run(pool, &product, 1);
    }

    /// <summary>Independent products as one parallel job: no y may overlap another or any x.</summary>
    /// <exception cref="ArgumentException">The shapes of a product do not match.</exception>
    public static void MultiplyAll(WorkerPool pool, ReadOnlySpan<StoredGemmJob> jobs)
    {
        ArgumentNullException.ThrowIfNull(pool);
        Span<StoredProduct> products = jobs.Length <= ProductsOnStack ? stackalloc StoredProduct[jobs.Length]
            : new(pool.Scratch(pool.Threads, (long)jobs.Length * sizeof(StoredProduct) / sizeof(float) + 1), jobs.Length);
        for (var i = 0; i < jobs.Length; i++)
            products[i] = StoredProduct.From(jobs[i].X, jobs[i].Weight, jobs[i].Y, jobs[i].Accumulate, default);
        fixed (StoredProduct* first = products) StoredPlan.Run(pool, first, jobs.Length);
    }
}
