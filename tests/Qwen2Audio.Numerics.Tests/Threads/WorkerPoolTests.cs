namespace Qwen2Audio.Numerics.Tests.Threads;

public sealed unsafe class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_item_of_every_job_runs_once_and_before_the_job_ends(int threads)
    {
        using var pool = new WorkerPool(threads);
        using var memory = new NativeArena();
        var counts = memory.AllocateZeroed(1, 64);
        for (var job = 1; job <= 3000; job++)
        {
            var items = job % 64 + 1;
            pool.Run(items, &Count, counts.Data);
            for (var i = 0; i < items; i++) Assert.Equal(1f, counts.Span[i]);
            counts.Clear();
        }
    }

    [Fact]
    public void A_job_wakes_threads_that_sleep()
    {
        using var pool = new WorkerPool(3);
        using var memory = new NativeArena();
        var counts = memory.AllocateZeroed(1, 64);
        for (var round = 0; round < 3; round++)
        {
            Thread.Sleep(100);
            pool.Run(64, &Count, counts.Data);
        }

        Assert.All(counts.Span.ToArray(), count => Assert.Equal(3f, count));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_exception_of_an_item_reaches_the_caller_and_the_pool_goes_on(int threads)
    {
        using var pool = new WorkerPool(threads);
        using var memory = new NativeArena();
        var counts = memory.AllocateZeroed(1, 64);
        var error = Assert.Throws<InvalidOperationException>(() => pool.Run(64, &Fail, counts.Data));
        Assert.Equal("item 7", error.Message);
        counts.Clear();
        pool.Run(64, &Count, counts.Data);
        Assert.All(counts.Span.ToArray(), count => Assert.Equal(1f, count));
    }

    private static void Count(void* context, int item, int worker) => ((float*)context)[item] += 1f;

    private static void Fail(void* context, int item, int worker)
    {
        if (item == 7) throw new InvalidOperationException("item 7");
    }
}
