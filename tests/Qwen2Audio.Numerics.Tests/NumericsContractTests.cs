namespace Qwen2Audio.Numerics.Tests;

/// <summary>What holds for every kernel here.</summary>
public class NumericsContractTests
{
    public static TheoryData<string> Names() => [.. KernelCalls.Prepare.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_number_of_threads_changes_no_bit(string name)
    {
        using var one = new Sample(5);
        using (var pool = new WorkerPool(1)) KernelCalls.Prepare[name](pool, one)();
        foreach (var threads in (int[])[2, 5])
        {
            using var several = new Sample(5);
            using (var pool = new WorkerPool(threads)) KernelCalls.Prepare[name](pool, several)();
            Assert.Equal(one.Made.Count, several.Made.Count);
            for (var i = 0; i < one.Made.Count; i++) Numbers.Same(one.Made[i], several.Made[i], $"{name} with {threads} threads, matrix {i}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_call_allocates_nothing(string name)
    {
        using var sample = new Sample(6);
        using var pool = new WorkerPool(1);
        var call = KernelCalls.Prepare[name](pool, sample);
        call();
        call();
        var before = GC.GetAllocatedBytesForCurrentThread();
        call();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
