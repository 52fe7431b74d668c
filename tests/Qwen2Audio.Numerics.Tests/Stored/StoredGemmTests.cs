using System.Runtime.InteropServices;
using Qwen2Audio.Numerics.Stored;

namespace Qwen2Audio.Numerics.Tests.Stored;

/// <summary>Products with weights in their stored type: values, independence of rows and threads, every bit pattern of 16 bits.</summary>
public sealed class StoredGemmTests : IDisposable
{
    private readonly WorkerPool _pool = new(2);

    public static TheoryData<StoredType, int, int, int> Shapes
    {
        get
        {
            var data = new TheoryData<StoredType, int, int, int>();
            foreach (var type in Enum.GetValues<StoredType>())
            {
                foreach (var (m, n, k) in ((int, int, int)[])
                    [(1, 1, 1), (1, 5, 17), (1, 33, 1024), (3, 37, 1040), (7, 64, 2053), (8, 31, 96), (13, 70, 2048), (50, 129, 1031), (2, 4, 0)])
                    data.Add(type, m, n, k);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Products_are_those_of_double_precision(StoredType type, int m, int n, int k)
    {
        using var stored = new Stored(type, n, k);
        var x = Numbers(m * k, 1);
        var y = Product(_pool, x, m, stored.Matrix, bias: null);
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                double sum = 0, size = 0;
                for (var l = 0; l < k; l++)
                {
                    sum += (double)x[i * k + l] * stored.Values[j * k + l];
                    size += Math.Abs((double)x[i * k + l] * stored.Values[j * k + l]);
                }

                Assert.True(Math.Abs(sum - y[i * n + j]) <= 2e-6 * size, $"y[{i},{j}] is {y[i * n + j]}, not {sum}.");
            }
        }
    }

    [Theory, MemberData(nameof(Shapes))]
    public void A_row_alone_is_that_row_among_others_on_any_number_of_threads(StoredType type, int m, int n, int k)
    {
        using var stored = new Stored(type, n, k);
        using var three = new WorkerPool(3);
        var x = Numbers(m * k, 1);
        var bias = Numbers(n, 2);
        var all = Product(_pool, x, m, stored.Matrix, bias);
        Assert.Equal(all, Product(three, x, m, stored.Matrix, bias));
        for (var i = 0; i < m; i++)
            Assert.Equal(all[(i * n)..((i + 1) * n)], Product(_pool, x[(i * k)..((i + 1) * k)], 1, stored.Matrix, bias));
    }

    [Fact]
    public void Several_products_at_once_are_each_alone_and_can_add()
    {
        using var first = new Stored(StoredType.BFloat16, 40, 96);
        using var second = new Stored(StoredType.Float16, 130, 50);
        using var buffer = new NativeBuffer(3 * 96 + 3 * 50 + 3 * 40 + 3 * 130);
        var (x1, x2) = (buffer.Matrix(3, 96), buffer.Matrix(3, 50, 288));
        var (y1, y2) = (buffer.Matrix(3, 40, 438), buffer.Matrix(3, 130, 558));
        Numbers(288, 1).CopyTo(x1.Span);
        Numbers(150, 2).CopyTo(x2.Span);
        Numbers(390, 3).CopyTo(y2.Span);
        var before = y2.Span.ToArray();
        StoredGemm.MultiplyAll(_pool, [new(x1, first.Matrix, y1, false), new(x2, second.Matrix, y2, true)]);
        Assert.Equal(Product(_pool, x1.Span.ToArray(), 3, first.Matrix, null), y1.Span.ToArray());
        var added = Product(_pool, x2.Span.ToArray(), 3, second.Matrix, null);
        for (var i = 0; i < added.Length; i++) Assert.Equal(added[i] + before[i], y2.Span[i]);
    }

    [Theory]
    [InlineData(StoredType.Float16)]
    [InlineData(StoredType.BFloat16)]
    public void Every_number_of_16_bits_is_widened_exactly(StoredType type)
    {
        var bits = Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray();
        using var memory = new Bytes(MemoryMarshal.AsBytes(bits.AsSpan()));
        var matrix = new StoredMatrix(memory.Address, 131072, type, 1, 65536);
        var wide = new float[65536];
        matrix.CopyRow(0, wide);
        for (var i = 0; i < wide.Length; i++)
        {
            var expected = type == StoredType.Float16 ? (float)BitConverter.UInt16BitsToHalf((ushort)i) : BitConverter.UInt32BitsToSingle((uint)i << 16);
            if (float.IsNaN(expected)) Assert.True(float.IsNaN(wide[i]), $"{i:x4}");
            else Assert.Equal(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(wide[i]));
        }
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        using var stored = new Stored(StoredType.BFloat16, 4, 8);
        using var buffer = new NativeBuffer(64);
        var error = Assert.Throws<ArgumentException>(() => StoredGemm.Multiply(_pool, buffer.Matrix(2, 7), stored.Matrix, buffer.Matrix(2, 4, 14)));
        Assert.Contains("2 × 7", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new StoredMatrix(1, 11, StoredType.Float32, 1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StoredMatrix(0, 4, StoredType.Float32, 1, 1));
    }

    public void Dispose() => _pool.Dispose();

    private static float[] Product(WorkerPool pool, float[] x, int m, StoredMatrix weight, float[]? bias)
    {
        var (n, k) = (weight.Rows, weight.Columns);
        using var buffer = new NativeBuffer((long)m * k + (long)m * n + n);
        var (from, to, row) = (buffer.Matrix(m, k), buffer.Matrix(m, n, (long)m * k), buffer.Matrix(1, n, (long)m * k + (long)m * n));
        x.CopyTo(from.Span);
        bias?.CopyTo(row.Span);
        StoredGemm.Multiply(pool, from, weight, to, bias: bias is null ? default : row);
        return to.Span.ToArray();
    }

    private static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
    }

    /// <summary>Native bytes at an address that is not aligned for any vector.</summary>
    private sealed unsafe class Bytes : IDisposable
    {
        private readonly void* _memory;

        public Bytes(ReadOnlySpan<byte> bytes)
        {
            _memory = NativeMemory.Alloc((nuint)bytes.Length + 1);
            Address = (nint)_memory + 1;
            bytes.CopyTo(new Span<byte>((byte*)_memory + 1, bytes.Length));
        }

        public nint Address { get; }

        public void Dispose() => NativeMemory.Free(_memory);
    }

    /// <summary>A random weight and its values as float32.</summary>
    private sealed class Stored : IDisposable
    {
        private readonly Bytes _bytes;

        public Stored(StoredType type, int rows, int columns)
        {
            var numbers = Numbers(rows * columns, 7);
            var bytes = type switch
            {
                StoredType.Float32 => MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray(),
                StoredType.Float16 => MemoryMarshal.AsBytes(numbers.Select(x => (Half)x).ToArray().AsSpan()).ToArray(),
                _ => MemoryMarshal.AsBytes(numbers.Select(x => (ushort)(BitConverter.SingleToUInt32Bits(x) >> 16)).ToArray().AsSpan()).ToArray(),
            };
            _bytes = new Bytes(bytes);
            Matrix = new StoredMatrix(_bytes.Address, bytes.Length, type, rows, columns);
            Values = new float[numbers.Length];
            for (var i = 0; i < rows; i++) Matrix.CopyRow(i, Values.AsSpan(i * columns, columns));
        }

        public StoredMatrix Matrix { get; }

        public float[] Values { get; }

        public void Dispose() => _bytes.Dispose();
    }
}
