namespace Qwen2Audio.Numerics.Stored;

/// <summary>One checked product as the kernels take it: y[m, n] = initial[m, n] + Σ x[m, k] · weight[n, k], strides in floats.</summary>
internal unsafe struct StoredProduct
{
    public float* X;
    public nint XRow;
    public byte* Weight;
    public nint WeightRow; // bytes
    public StoredType Type;

    /// <summary>Bias, or y itself; null for zero. A zero InitialRow repeats one row.</summary>
    public float* Initial;
    public nint InitialRow;
    public float* Y;
    public nint YRow;
    public int M;
    public int N;
    public int K;

    /// <summary>Number of its first item in the plan.</summary>
    public int FirstItem;

    public static StoredProduct From(Matrix x, StoredMatrix weight, Matrix y, bool accumulate, Matrix bias)
    {
        if (x.Columns != weight.Columns || y.Rows != x.Rows || y.Columns != weight.Rows)
        {
            throw new ArgumentException(
                $"x {x.Rows} × {x.Columns} and a weight {weight.Rows} × {weight.Columns} have no product in y {y.Rows} × {y.Columns}.");
        }

        if (!bias.IsNull && accumulate) throw new ArgumentException("A bias is added only when y is overwritten, not when it is added to.");
        if (!bias.IsNull && (bias.Rows != 1 || bias.Columns != y.Columns))
            throw new ArgumentException($"The bias is {bias.Rows} × {bias.Columns}; y {y.Rows} × {y.Columns} needs 1 × {y.Columns}.");
        return new StoredProduct
        {
            X = x.Data,
            XRow = x.Stride,
            Weight = weight.Data,
            WeightRow = (nint)weight.RowBytes,
            Type = weight.Type,
            Initial = accumulate ? y.Data : bias.Data,
            InitialRow = accumulate ? y.Stride : 0,
            Y = y.Data,
            YRow = y.Stride,
            M = x.Rows,
            N = weight.Rows,
            K = weight.Columns,
        };
    }
}
