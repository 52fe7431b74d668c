using Qwen2Audio.Numerics.Products;

namespace Qwen2Audio.Numerics.Tests.Products;

public sealed class GemmTests : KernelTest
{
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 1, 1 }, { 1, 48, 5 }, { 2, 16, 1 }, { 3, 7, 9 }, { 4, 33, 2 }, { 5, 50, 17 }, { 6, 47, 31 }, { 7, 49, 64 }, { 8, 96, 16 },
        { 9, 8, 40 }, { 13, 15, 16 }, { 17, 100, 3 }, { 31, 65, 33 }, { 64, 128, 48 }, { 65, 130, 1 }, { 100, 31, 600 }, { 23, 75, 1030 },
        { 130, 200, 70 }, { 1, 300, 700 }, { 16, 1, 20 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_orientation_equals_the_plain_loops_bit_for_bit(int m, int n, int k)
    {
        foreach (var transposeA in new[] { false, true })
        {
            foreach (var transposeB in new[] { false, true })
            {
                var a = transposeA ? Filled(k, m) : Filled(m, k);
                var b = transposeB ? Filled(n, k) : Filled(k, n);
                var (expected, actual) = (Filled(m, n), Filled(m, n));
                GemmReference.Multiply(a, transposeA, b, transposeB, expected);
                Gemm.Multiply(Pool, a, transposeA, b, transposeB, actual);
                GemmReference.AssertSame(expected, actual);

                GemmReference.Multiply(a, transposeA, b, transposeB, expected, accumulate: true);
                Gemm.Multiply(Pool, a, transposeA, b, transposeB, actual, accumulate: true);
                GemmReference.AssertSame(expected, actual);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    public void Scratch_is_bounded_however_many_columns_there_are(int m)
    {
        const int columns = 152_064, depth = 96; // as a published vocabulary
        using var pool = new WorkerPool(2);
        var (a, b, c) = (Filled(m, depth), Filled(columns, depth), Filled(m, columns));
        Gemm.Multiply(pool, a, false, b, true, c);
        Gemm.Multiply(pool, a, false, Memory.Allocate(depth, columns), false, c);
        Assert.InRange(pool.ScratchNumbers, 1, 2 * 256 * 1024);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Packed_products_with_bias_equal_the_plain_loops_bit_for_bit(int m, int n, int k)
    {
        var (a, b, bias) = (Filled(m, k), Filled(n, k), Filled(1, n));
        var (expected, actual) = (Filled(m, n), Filled(m, n));
        GemmReference.Multiply(a, false, b, true, expected, bias: bias);
        using var packed = PackedMatrix.Pack(Pool, b, transposeB: true);
        Gemm.Multiply(Pool, a, packed, actual, bias: bias);
        GemmReference.AssertSame(expected, actual);
        Gemm.Multiply(Pool, a, false, b, true, actual, bias: bias);
        GemmReference.AssertSame(expected, actual);

        var column = new float[k];
        for (var i = 0; i < n; i++)
        {
            packed.CopyColumn(i, column);
            Assert.Equal(b.Row(i).ToArray(), column);
        }
    }

    [Fact]
    public void Packing_either_way_round_gives_the_same_product()
    {
        var (a, b) = (Filled(12, 45), Filled(45, 83));
        var transposed = Memory.Allocate(83, 45);
        for (var i = 0; i < 83; i++)
            for (var j = 0; j < 45; j++) transposed.Row(i)[j] = b.Row(j)[i];
        var (first, second) = (Filled(12, 83), Filled(12, 83));
        using var plain = PackedMatrix.Pack(Pool, b, transposeB: false);
        using var turned = PackedMatrix.Pack(Pool, transposed, transposeB: true);
        Gemm.Multiply(Pool, a, plain, first);
        Gemm.Multiply(Pool, a, turned, second);
        GemmReference.AssertSame(first, second);
        Assert.Equal((45, 83), (plain.K, plain.N));
        Assert.True(plain.Bytes >= 45 * 83 * sizeof(float));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Views_into_larger_matrices_are_read_and_written_only_inside(bool transposeA, bool transposeB)
    {
        const int m = 27, n = 59, k = 35;
        var a = Inside(transposeA ? k : m, transposeA ? m : k);
        var b = Inside(transposeB ? n : k, transposeB ? k : n);
        var whole = Filled(m + 4, n + 7);
        var before = Memory.Allocate(m + 4, n + 7);
        before.CopyFrom(whole);
        var c = whole.RowRange(2, m).ColumnRange(3, n);
        Gemm.Multiply(Pool, a, transposeA, b, transposeB, c);
        GemmReference.Multiply(a, transposeA, b, transposeB, before.RowRange(2, m).ColumnRange(3, n));
        GemmReference.AssertSame(before, whole);
    }

    [Theory]
    [InlineData(1e30f)]
    [InlineData(1e-30f)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NaN)]
    public void Huge_tiny_and_not_finite_numbers_behave_as_in_the_plain_loops(float value)
    {
        var (a, b) = (Filled(11, 37), Filled(37, 53));
        a.Row(3)[5] = value;
        b.Row(7)[52] = value;
        var (expected, actual) = (Filled(11, 53), Filled(11, 53));
        GemmReference.Multiply(a, false, b, false, expected);
        Gemm.Multiply(Pool, a, false, b, false, actual);
        GemmReference.AssertSame(expected, actual);
    }

    [Fact]
    public void One_row_alone_equals_the_same_row_among_many()
    {
        var (a, b) = (Filled(37, 1100), Filled(131, 1100));
        var (all, one) = (Filled(37, 131), Filled(1, 131));
        using var packed = PackedMatrix.Pack(Pool, b, transposeB: true);
        Gemm.Multiply(Pool, a, packed, all);
        for (var rows = 1; rows <= 9; rows++)
        {
            var some = Filled(rows, 131);
            Gemm.Multiply(Pool, a.RowRange(5, rows), packed, some);
            GemmReference.AssertSame(all.RowRange(5, rows), some);
        }

        Gemm.Multiply(Pool, a.RowRange(36, 1), false, b, true, one);
        GemmReference.AssertSame(all.RowRange(36, 1), one);
    }

    [Fact]
    public void The_number_of_threads_does_not_change_a_bit()
    {
        var (a, b) = (Filled(515, 203), Filled(515, 333));
        var first = Filled(203, 333);
        using var one = new WorkerPool(1);
        Gemm.Multiply(one, a, true, b, false, first);
        foreach (var threads in new[] { 2, 3 })
        {
            using var pool = new WorkerPool(threads);
            var other = Filled(203, 333);
            Gemm.Multiply(pool, a, true, b, false, other);
            GemmReference.AssertSame(first, other);
        }
    }

    [Fact]
    public void Sums_over_nothing_are_the_bias()
    {
        var bias = Filled(1, 20);
        var c = Filled(3, 20);
        Gemm.Multiply(Pool, Memory.Allocate(3, 0), false, Memory.Allocate(0, 20), false, c, bias: bias);
        for (var row = 0; row < 3; row++) GemmReference.AssertSame(bias, c.RowRange(row, 1));
        Gemm.Multiply(Pool, Memory.Allocate(0, 5), false, Memory.Allocate(5, 20), false, Memory.Allocate(0, 20));
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_named()
    {
        var error = Assert.Throws<ArgumentException>(
            () => Gemm.Multiply(Pool, Filled(2, 3), false, Filled(4, 5), false, Filled(2, 5)));
        Assert.Contains("2 × 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("4 × 5", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Gemm.Multiply(Pool, Filled(2, 3), false, Filled(3, 5), false, Filled(2, 4)));
        Assert.Throws<ArgumentException>(
            () => Gemm.Multiply(Pool, Filled(2, 3), false, Filled(3, 5), false, Filled(2, 5), true, Filled(1, 5)));
        Assert.Throws<ArgumentException>(
            () => Gemm.Multiply(Pool, Filled(2, 3), false, Filled(3, 5), false, Filled(2, 5), false, Filled(1, 4)));
    }

    private Matrix Filled(int rows, int columns) => TestMatrices.Filled(Memory, rows, columns);

    private Matrix Inside(int rows, int columns) => Filled(rows + 3, columns + 5).RowRange(1, rows).ColumnRange(2, columns);
}
