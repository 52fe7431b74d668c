using System.Collections.Concurrent;
using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.Tests.Runs;

/// <summary>How ranks notice that one is lost, without the library that sums gradients.</summary>
public sealed class RankWatching
{
    private readonly ConcurrentQueue<string> _lost = new();
    private readonly ConcurrentQueue<string> _atRank1 = new();

    [Fact]
    public async Task N1_a_rank_that_ends_before_its_time_is_named_with_its_place()
    {
        var (first, second) = await Pair(TimeSpan.FromSeconds(30));
        second.Enter(RankSection.Compute, 6);
        Thread.Sleep(700); // the next sign of life says where it is
        second.Dispose(ended: false);
        Assert.Equal("rank 1, in computing of step 7, ended with an error of its own", Message(_lost));
        first.Dispose(ended: true);
    }

    [Fact]
    public async Task N4_a_coordinator_that_goes_is_noticed_by_the_others()
    {
        var (first, second) = await Pair(TimeSpan.FromSeconds(30));
        first.Dispose(ended: true); // its connections close, as when its process is killed
        Assert.StartsWith("rank 0, in ", Message(_atRank1), StringComparison.Ordinal);
        second.Dispose(ended: true);
    }

    [Fact]
    public async Task Ranks_that_finish_are_not_lost()
    {
        var (first, second) = await Pair(TimeSpan.FromSeconds(1));
        first.Finish();
        second.Finish();
        second.Dispose(ended: true);
        first.Dispose(ended: true);
        Assert.Empty(_lost);
        Assert.Empty(_atRank1);
    }

    [Fact]
    public async Task N6_a_stranger_is_not_let_in()
    {
        using var server = RankWatchServer.Listen();
        var port = server.Addresses.Split(' ')[1];
        using var stranger = new System.Net.Sockets.TcpClient("127.0.0.1", int.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
        stranger.GetStream().Write(new byte[36]);
        var joining = Task.Run(() => RankWatch.Connect(server.Addresses, 1, TimeSpan.FromSeconds(30), _atRank1.Enqueue));
        var first = server.Accept(2, TimeSpan.FromSeconds(30), _lost.Enqueue, _ => { });
        var second = await joining;
        Assert.Empty(_lost);
        second.Finish();
        first.Finish();
        second.Dispose(ended: true);
        first.Dispose(ended: true);
    }

    private async Task<(RankWatch First, RankWatch Second)> Pair(TimeSpan silence)
    {
        using var server = RankWatchServer.Listen();
        var joining = Task.Run(() => RankWatch.Connect(server.Addresses, 1, silence, _atRank1.Enqueue));
        var first = server.Accept(2, silence, _lost.Enqueue, _ => { });
        return (first, await joining);
    }

    private static string Message(ConcurrentQueue<string> queue)
    {
        for (var i = 0; i < 200 && queue.IsEmpty; i++) Thread.Sleep(50);
        return Assert.Single(queue);
    }
}
