namespace Qwen2Audio.Numerics.Products;

/// <summary>One product of a job: C[M,N] (= or +=) op(A)[M,K] · op(B)[K,N]. See <see cref="Gemm"/>.</summary>
/// <param name="a">A as stored: [M,K], or [K,M] when <paramref name="transposeA"/>.</param>
/// <param name="transposeA">Use the transpose of <paramref name="a"/>.</param>
/// <param name="b">B as stored: [K,N], or [N,K] when <paramref name="transposeB"/>.</param>
/// <param name="transposeB">Use the transpose of <paramref name="b"/>.</param>
/// <param name="c">The result, [M,N]; must not overlap the operands.</param>
/// <param name="accumulate">Add to <paramref name="c"/> instead of overwriting it.</param>
public readonly struct GemmJob(Matrix a, bool transposeA, Matrix b, bool transposeB, Matrix c, bool accumulate)
{
    /// <summary>A as stored.</summary>
    public Matrix A { get; } = a;

    /// <summary>Whether A is stored as [K,M].</summary>
    public bool TransposeA { get; } = transposeA;

    /// <summary>B as stored.</summary>
    public Matrix B { get; } = b;

    /// <summary>Whether B is stored as [N,K].</summary>
    public bool TransposeB { get; } = transposeB;

    /// <summary>The result.</summary>
    public Matrix C { get; } = c;

    /// <summary>Whether the product is added to C.</summary>
    public bool Accumulate { get; } = accumulate;
}

/// <summary>One product with a packed right operand: C[M,N] (= or +=) A[M,K] · B[K,N]. See <see cref="Gemm"/>.</summary>
/// <param name="a">[M,K].</param>
/// <param name="b">The packed right operand, K × N.</param>
/// <param name="c">The result, [M,N]; must not overlap <paramref name="a"/>.</param>
/// <param name="accumulate">Add to <paramref name="c"/> instead of overwriting it.</param>
public readonly struct PackedGemmJob(Matrix a, PackedMatrix b, Matrix c, bool accumulate)
{
    /// <summary>The left operand.</summary>
    public Matrix A { get; } = a;

    /// <summary>The packed right operand.</summary>
    public PackedMatrix B { get; } = b;

    /// <summary>The result.</summary>
    public Matrix C { get; } = c;

    /// <summary>Whether the product is added to C.</summary>
    public bool Accumulate { get; } = accumulate;
}
