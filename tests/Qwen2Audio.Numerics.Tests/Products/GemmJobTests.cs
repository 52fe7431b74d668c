using Qwen2Audio.Numerics.Products;

namespace Qwen2Audio.Numerics.Tests.Products;

public sealed class GemmJobTests : KernelTest
{
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
            var (a, b) = (TestMatrices.Filled(Memory, m, k), TestMatrices.Filled(Memory, n, k));
            expected[i] = TestMatrices.Filled(Memory, m, n);
            var (first, second) = (Memory.Allocate(m, n), Memory.Allocate(m, n));
            first.CopyFrom(expected[i]);
            second.CopyFrom(expected[i]);
            GemmReference.Multiply(a, false, b, true, expected[i], accumulate: i % 2 == 1);
            jobs[i] = new GemmJob(a, false, b, true, first, i % 2 == 1);
            packed[i] = new PackedGemmJob(a, PackedMatrix.Pack(Pool, b, true), second, i % 2 == 1);
        }

        Gemm.MultiplyAll(Pool, jobs);
        Gemm.MultiplyAll(Pool, packed);
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
        var (a, b, c) = (TestMatrices.Filled(Memory, 70, 90), TestMatrices.Filled(Memory, 110, 90), Memory.Allocate(70, 110));
        using var packed = PackedMatrix.Pack(Pool, b, true);
        long allocated = 0;
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Gemm.Multiply(Pool, a, false, b, true, c);
            Gemm.Multiply(Pool, a.RowRange(0, 1), packed, c.RowRange(0, 1));
            Gemm.MultiplyAll(Pool, [new GemmJob(a, false, b, true, c, true)]);
            Gemm.MultiplyAll(Pool, [new PackedGemmJob(a, packed, c, true)]);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void The_limits_are_measured_as_positive_rates()
    {
        Assert.True(PeakMeasurement.FusedMultiplyAddGflops(Pool) > 0);
        Assert.True(PeakMeasurement.ReadGigabytesPerSecond(Pool) > 0);
    }
}
