namespace Qwen2Audio.Numerics;

/// <summary>
/// A right operand of <see cref="Gemm"/> [K,N], copied once into the order in which the kernels read it: for weights that stay.
/// The order belongs to the process (it depends on the instruction set) and is never stored.
/// </summary>
public sealed unsafe class PackedMatrix : IDisposable
{
    private readonly NativeBuffer _buffer;

    private PackedMatrix(int k, int n)
    {
        (K, N) = (k, n);
        _buffer = new NativeBuffer((long)k * n);
    }

    /// <summary>Rows of the operand: the length of the sums.</summary>
    public int K { get; }

    /// <summary>Columns of the operand: columns of the product.</summary>
    public int N { get; }

    /// <summary>Memory held.</summary>
    public long Bytes => _buffer.Length * sizeof(float);

    internal float* Data
    {
        get
        {
            ObjectDisposedException.ThrowIf(_buffer.Data == null, this);
            return _buffer.Data;
        }
    }

    /// <summary>
    /// Packs op(<paramref name="b"/>) [K,N]: <paramref name="b"/> as stored is [K,N], or [N,K] (a weight [out, in]) when
    /// <paramref name="transposeB"/>.
    /// </summary>
    public static PackedMatrix Pack(WorkerPool pool, Matrix b, bool transposeB)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var packed = transposeB ? new PackedMatrix(b.Columns, b.Rows) : new PackedMatrix(b.Rows, b.Columns);
        for (var k = 0; k < packed.K; k++)
            for (var n = 0; n < packed.N; n++)
                packed.Data[(long)k * packed.N + n] = transposeB ? b.Row(n)[k] : b.Row(k)[n];
        return packed;
    }

    /// <summary>
    /// Copies op(B)[:,<paramref name="n"/>], K numbers: row n of a weight [out, in] that was packed transposed.
    /// </summary>
    public void CopyColumn(int n, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)n, (uint)N, nameof(n));
        if (destination.Length != K) throw new ArgumentException($"A column has {K} numbers, the destination {destination.Length}.");
        var source = Data + n;
        for (var k = 0; k < destination.Length; k++) destination[k] = source[(long)k * N];
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();
}
