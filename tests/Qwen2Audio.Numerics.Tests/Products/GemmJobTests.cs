using Qwen2Audio.Numerics.Products;

namespace Qwen2Audio.Numerics.Tests.Products;

public sealed class GemmJobTests : IDisposable
{
    private readonly WorkerPool _pool = new(2);
    private readonly NativeArena _memory = new();

    public void Dispose()
    {
        _pool.Dispose();
        _memory.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(100)]
    public void Many_products_as_one_job_equal_the_same_products_one_by_one(int count)
    {
        var jobs = new GemmJob[count];
        var packed = new PackedGemmJob[count];
        var expected = new Matrix[count];
        for (var i = 0; i < count; i++)
        {
            var (m, n, k) = (i * 7 % 40, 5 + i * 13 % 90, 1 + i * 29 % 70); // some experts get no row at all
            var (a, b) = (TestMatrices.Filled(_memory, m, k), TestMatrices.Filled(_memory, n, k));
            expected[i] = TestMatrices.Filled(_memory, m, n);
            var (first, second) = (_memory.Allocate(m, n), _memory.Allocate(m, n));
            first.CopyFrom(expected[i]);
            second.CopyFrom(expected[i]);
            GemmReference.Multiply(a, false, b, true, expected[i], accumulate: i % 2 == 1);
            jobs[i] = new GemmJob(a, false, b, true, first, i % 2 == 1);
            packed[i] = new PackedGemmJob(a, PackedMatrix.Pack(_pool, b, true), second, i % 2 == 1);
        }

        Gemm.MultiplyAll(_pool, jobs);
        Gemm.MultiplyAll(_pool, packed);
        for (var i = 0; i < count; i++)
        {
            GemmReference.AssertSame(expected[i], jobs[i].C);
            GemmReference.AssertSame(expected[i], packed[i].C);
            packed[i].B.Dispose();
        }
    }

    [Fact]
    public void Nothing_is_allocated_after_the_first_round()
    {
        var (a, b, c) = (TestMatrices.Filled(_memory, 70, 90), TestMatrices.Filled(_memory, 110, 90), _memory.Allocate(70, 110));
        using var packed = PackedMatrix.Pack(_pool, b, true);
        long allocated = 0;
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Gemm.Multiply(_pool, a, false, b, true, c);
            Gemm.Multiply(_pool, a.RowRange(0, 1), packed, c.RowRange(0, 1));
            Gemm.MultiplyAll(_pool, [new GemmJob(a, false, b, true, c, true)]);
            Gemm.MultiplyAll(_pool, [new PackedGemmJob(a, packed, c, true)]);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void The_limits_are_measured_as_positive_rates()
    {
        Assert.True(PeakMeasurement.FusedMultiplyAddGflops(_pool) > 0);
        Assert.True(PeakMeasurement.ReadGigabytesPerSecond(_pool) > 0);
    }
}
