using Qwen2Audio.Training.Data.Loading;

namespace Qwen2Audio.Training.Tests.Data;

public sealed class BatchLoaderTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    public void Batches_come_in_order_whatever_the_threads(int threads, int ahead)
    {
        using var loader = new BatchLoader<long>(Slow, new LoaderOptions { Threads = threads, Ahead = ahead });
        for (var step = 5; step < 60; step++) Assert.Equal(step * 10, loader.Of(step));
        // a run goes on from any step
        foreach (var step in new[] { 30, 31, 7, 8 }) Assert.Equal(step * 10, loader.Of(step));
    }

    [Fact]
    public void No_more_is_made_ahead_than_allowed()
    {
        var (made, running, most) = (0, 0, 0);
        using var loader = new BatchLoader<int>((_, _) =>
        {
            var now = Interlocked.Increment(ref running);
            int seen;
            while (now > (seen = Volatile.Read(ref most)) && Interlocked.CompareExchange(ref most, now, seen) != seen) { }
            Thread.Sleep(2);
            Interlocked.Decrement(ref running);
            return Interlocked.Increment(ref made);
        }, options: new LoaderOptions { Threads = 2, Ahead = 3 });
        for (var taken = 1; taken <= 10; taken++)
        {
            loader.Of(taken - 1);
            Thread.Sleep(3);
            Assert.InRange(Volatile.Read(ref made), taken, taken + 3);
        }

        Assert.InRange(most, 1, 2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public void What_a_loader_thread_throws_comes_out_in_the_training_thread_at_its_turn(int threads)
    {
        using var loader = new BatchLoader<long>((step, _) => step == 3 ? throw new InvalidDataException("step three") : step, options: new LoaderOptions { Threads = threads, Ahead = 6 });
        for (var step = 0; step < 3; step++) Assert.Equal(step, loader.Of(step));
        // as often as it is asked for: a run does not go on without the batch
        for (var again = 0; again < 3; again++) Assert.Equal("step three", Assert.Throws<InvalidDataException>(() => loader.Of(3)).Message);
    }

    [Fact]
    public void Waiting_can_be_cancelled_and_the_batch_is_not_lost()
    {
        using var gate = new ManualResetEventSlim();
        using var loader = new BatchLoader<long>((step, cancellation) =>
        {
            gate.Wait(cancellation);
            return step;
        });
        using var cancel = new CancellationTokenSource(20);
        Assert.ThrowsAny<OperationCanceledException>(() => loader.Of(0, cancel.Token));
        gate.Set();
        Assert.Equal(0, loader.Of(0, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Disposing_ends_what_is_being_made()
    {
        using var begun = new CountdownEvent(2);
        using (var ended = new CountdownEvent(2))
        {
            var loader = new BatchLoader<long>((step, cancellation) =>
            {
                if (step == 0) return step;
                try
                {
                    begun.Signal();
                    cancellation.WaitHandle.WaitOne();
                    cancellation.ThrowIfCancellationRequested();
                    return step;
                }
                finally
                {
                    ended.Signal();
                }
            }, options: new LoaderOptions { Threads = 2, Ahead = 8 });
            Assert.Equal(0, loader.Of(0));
            begun.Wait(TestContext.Current.CancellationToken); // two are being made, six wait
            loader.Dispose();
            Assert.Equal(0, ended.CurrentCount);
            Assert.Throws<ObjectDisposedException>(() => loader.Of(1));
        }
    }

    private static long Slow(long step, CancellationToken cancellation)
    {
        Thread.Sleep((int)(step * 7 % 4));
        return step * 10;
    }
}
