namespace Qwen2Audio.Numerics.Products;

/// <summary>
/// One checked product as the kernels take it, all strides in floats: C[m,n] = chain over k, starting from Initial[m,n], of
/// A[m,k] · B[k,n]. A zero InitialRow repeats one row (bias, zeros).
/// </summary>
internal unsafe struct GemmProduct
{
    public float* A;
    public nint ARow;
    public nint AStep;
    public float* B;
    public nint BStep;
    public nint BColumn;
    public bool BIsPacked;
    public float* Initial;
    public nint InitialRow;
    public float* C;
    public nint CRow;
    public int M;
    public int N;
    public int K;

    /// <summary>How the product is split into items, and the number of the first; see <see cref="GemmPlan"/>.</summary>
    public GemmBlocking Blocking;

    /// <summary>Multiply-adds.</summary>
    public readonly double Work => (double)M * N * Math.Max(K, 1);

    /// <summary>Numbers of C.</summary>
    public readonly long Outputs => (long)M * N;

    /// <summary>Whether A is transposed, its rows contiguous for one k, so that it is packed before use.</summary>
    public readonly bool PacksA => AStep != 1;

    /// <summary>Whether B is read in place: it is packed already, or A has so few rows that packing would not pay.</summary>
    public readonly bool PacksB => !BIsPacked && (BColumn != 1 || M > GemmTile.Rows);

    public static GemmProduct From(Matrix a, bool transposeA, Matrix b, bool transposeB, Matrix c, bool accumulate, Matrix bias)
    {
        var (m, k) = transposeA ? (a.Columns, a.Rows) : (a.Rows, a.Columns);
        var (bk, n) = transposeB ? (b.Columns, b.Rows) : (b.Rows, b.Columns);
        Check(m, k, bk, n, c, accumulate, bias);
        var product = Into(c, accumulate, bias);
        product.K = k;
        product.A = a.Data;
        (product.ARow, product.AStep) = transposeA ? (1, a.Stride) : ((nint)a.Stride, 1);
        product.B = b.Data;
        (product.BStep, product.BColumn) = transposeB ? (1, b.Stride) : ((nint)b.Stride, 1);
        return product;
    }

    public static GemmProduct From(Matrix a, PackedMatrix b, Matrix c, bool accumulate, Matrix bias)
    {
        ArgumentNullException.ThrowIfNull(b);
        Check(a.Rows, a.Columns, b.K, b.N, c, accumulate, bias);
        var product = Into(c, accumulate, bias);
        product.K = a.Columns;
        product.A = a.Data;
        (product.ARow, product.AStep) = (a.Stride, 1);
        product.B = b.Data;
        product.BIsPacked = true;
        return product;
    }

    private static GemmProduct Into(Matrix c, bool accumulate, Matrix bias)
    {
        var product = default(GemmProduct);
        (product.M, product.N) = (c.Rows, c.Columns);
        product.C = c.Data;
        product.CRow = c.Stride;
        product.Initial = accumulate ? c.Data : bias.IsNull ? GemmPlan.Zeros : bias.Data;
        product.InitialRow = accumulate ? c.Stride : 0;
        return product;
    }

    private static void Check(int m, int k, int bk, int n, Matrix c, bool accumulate, Matrix bias)
    {
        if (k != bk || c.Rows != m || c.Columns != n)
        {
            throw new ArgumentException(
                $"A {m} × {k} and B {bk} × {n} (after transposition) have no product in C {c.Rows} × {c.Columns}.");
        }

        if (bias.IsNull) return;
        if (accumulate) throw new ArgumentException("A bias is added only when C is overwritten, not when it is accumulated to.");
        if (bias.Rows != 1 || bias.Columns != n)
            throw new ArgumentException($"The bias is {bias.Rows} × {bias.Columns}; C {m} × {n} needs 1 × {n}.");
    }
}
