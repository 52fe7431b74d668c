using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Products;

/// <summary>
/// A right operand of <see cref="Gemm"/> [K,N], copied once into the order in which the kernels read it: for weights that are used again and again.
/// The order depends on the instruction set and is never stored in a file.
/// </summary>
public sealed unsafe class PackedMatrix : IDisposable
{
    private readonly NativeBuffer _buffer;

    private PackedMatrix(int k, int n)
    {
        (K, N) = (k, n);
        _buffer = new NativeBuffer((long)k * ((n + GemmTile.Lanes - 1) / GemmTile.Lanes * GemmTile.Lanes));
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
        var (step, column) = transposeB ? (1, (nint)b.Stride) : (b.Stride, 1);
        var source = new Source(b.Data, step, column, packed.K, packed.N, packed.Data);
        pool.Run((packed.N + GemmTile.Columns - 1) / GemmTile.Columns, &PackPanel, &source);
        return packed;
    }

    /// <summary>
    /// Copies op(B)[:,<paramref name="n"/>], K values: row n of a weight [out, in] that was packed transposed.
    /// </summary>
    public void CopyColumn(int n, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)n, (uint)N, nameof(n));
        if (destination.Length != K) throw new ArgumentException($"A column has {K} values, the destination {destination.Length}.");
        var start = n / GemmTile.Columns * GemmTile.Columns;
        var width = GemmPacking.PanelWidth(start, N);
        var source = Data + (long)start * K + (n - start);
        for (var k = 0; k < destination.Length; k++) destination[k] = source[(long)k * width];
    }

    public void Dispose() => _buffer.Dispose();

    private static void PackPanel(void* context, int item, int worker)
    {
        var source = (Source*)context;
        var start = item * GemmTile.Columns;
        GemmPacking.PackB(
            source->Data + start * source->Column, source->Step, source->Column, source->K,
            Math.Min(GemmTile.Columns, source->N - start), source->Packed + (nint)start * source->K);
    }

    private readonly struct Source(float* data, nint step, nint column, int k, int n, float* packed)
    {
        public readonly float* Data = data;
        public readonly nint Step = step;
        public readonly nint Column = column;
        public readonly int K = k;
        public readonly int N = n;
        public readonly float* Packed = packed;
    }
}
