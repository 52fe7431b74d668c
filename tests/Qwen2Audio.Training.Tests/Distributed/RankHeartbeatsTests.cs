using System.Collections.Concurrent;
using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.Tests.Distributed;

/// <summary>How ranks detect that one is lost, without MPI.</summary>
public sealed class RankHeartbeatsTests
{
    private static readonly RankTimeouts Endless = new(TimeSpan.MaxValue); // only connections that close end a wait
    private readonly ConcurrentQueue<string> _lost = new();
    private readonly ConcurrentQueue<string> _atRank1 = new();
    private readonly ConcurrentQueue<string> _warned = new();

    [Fact]
    public void A_rank_that_ends_before_its_time_is_named_with_its_place()
    {
        var (first, second) = Pair(Endless);
        second.Enter(RankActivity.Compute, 6);
        second.Dispose(ended: false);
        Assert.Equal("rank 1, in computing of step 7, ended with an error of its own", Message(_lost));
        first.Dispose(ended: true);
    }

    [Fact]
    public void A_coordinator_that_goes_is_noticed_by_the_others()
    {
        var (first, second) = Pair(Endless);
        first.Dispose(ended: true); // its connections close, as when its process is killed
        Assert.StartsWith("rank 0, in ", Message(_atRank1), StringComparison.Ordinal);
        second.Dispose(ended: true);
    }

    [Fact]
    public void Ranks_that_finish_are_not_lost()
    {
        var (first, second) = Pair(Endless);
        first.Finish();
        second.Finish();
        second.Dispose(ended: true);
        first.Dispose(ended: true);
        Assert.Empty(_lost);
        Assert.Empty(_atRank1);
    }

    [Fact]
    public async Task A_rank_that_dies_while_another_already_waits_for_the_end_is_lost_all_the_same()
    {
        var (first, second) = Pair(Endless);
        var exchange = new ThreadCollectives.Meeting(2);
        using var ranks = new MpiRanks(1, 2, exchange.Of(1), second);
        var finishing = Task.Run(ranks.Finish, TestContext.Current.CancellationToken);
        exchange.WaitFor(1); // it waits; rank 0 still saves and measures
        first.Dispose(ended: true); // its connections close, as when its process is killed
        Assert.StartsWith("rank 0, in ", Message(_atRank1), StringComparison.Ordinal);
        Assert.False(finishing.IsCompleted);
        exchange.Of(0).Meet();
        await finishing;
    }

    [Fact]
    public async Task A_rank_that_others_wait_for_in_a_sum_is_named_and_after_the_limit_ends_the_run()
    {
        var clock = new ManualClock();
        var (first, second) = Pair(Endless with { Warn = TimeSpan.FromMinutes(1), Limit = TimeSpan.FromMinutes(3) }, clock);
        var exchange = new ThreadCollectives.Meeting(2);
        using var ranks = new MpiRanks(0, 2, exchange.Of(0), first);
        ranks.Enter(RankActivity.Compute, 6);
        second.Enter(RankActivity.Compute, 6);
        var summing = Task.Run(() => ranks.Sum(new double[1]), TestContext.Current.CancellationToken);
        Assert.StartsWith("Other ranks wait for rank 1, which has been in computing of step 7 for ", Message(_warned, clock), StringComparison.Ordinal);
        Assert.StartsWith("rank 1, in computing of step 7, has kept others waiting for ", Message(_lost, clock), StringComparison.Ordinal);
        exchange.Of(1).Meet();
        exchange.Of(1).Sum(new double[1]);
        await summing;
        second.Dispose(ended: true);
    }

    [Fact]
    public async Task A_stranger_is_not_let_in()
    {
        using var server = RankRendezvous.Listen();
        var port = server.Addresses.Split(' ')[1];
        using var stranger = new System.Net.Sockets.TcpClient("127.0.0.1", int.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
        stranger.GetStream().Write(new byte[36]);
        var joining = Task.Run(() => RankRendezvous.Join(server.Addresses, 1, Endless, _atRank1.Enqueue));
        var first = server.Accept(2, Endless, _lost.Enqueue, _ => { });
        var second = await joining;
        Assert.Empty(_lost);
        second.Finish();
        first.Finish();
        second.Dispose(ended: true);
        first.Dispose(ended: true);
    }

    private (RankHeartbeats First, RankHeartbeats Second) Pair(RankTimeouts patience, TimeProvider? clock = null)
    {
        using var server = RankRendezvous.Listen();
        var joining = Task.Run(() => RankRendezvous.Join(server.Addresses, 1, patience, _atRank1.Enqueue, time: clock));
        var first = server.Accept(2, patience, _lost.Enqueue, _warned.Enqueue, clock);
        return (first, joining.Result);
    }

    private static string Message(ConcurrentQueue<string> queue, ManualClock? clock = null)
    {
        while (queue.IsEmpty) // however busy the machine is
        {
            clock?.Advance(TimeSpan.FromSeconds(1));
            Thread.Sleep(10);
        }

        Assert.True(queue.TryPeek(out var first));
        return first!;
    }
}
