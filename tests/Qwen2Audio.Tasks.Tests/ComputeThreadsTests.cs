namespace Qwen2Audio.Tasks.Tests;

public sealed class ComputeThreadsTests
{
    [Fact]
    public async Task Work_that_blocks_keeps_other_work_neither_waiting_nor_from_the_thread_pool()
    {
        using var all = new Barrier(20);
        var token = TestContext.Current.CancellationToken;
        var pooled = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ComputeThreads.Run(() =>
        {
            all.SignalAndWait(token);
            return Thread.CurrentThread.IsThreadPoolThread;
        })));
        Assert.DoesNotContain(true, pooled);
        Assert.Equal(21, await ComputeThreads.Run(() => 21)); // on a thread that is kept, or a new one
    }

    [Fact]
    public async Task What_work_throws_comes_out() =>
        Assert.Equal("bad", (await Assert.ThrowsAsync<InvalidOperationException>(() => ComputeThreads.Run<int>(() => throw new InvalidOperationException("bad")))).Message);
}
