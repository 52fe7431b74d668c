using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.Tests.Distributed;

/// <summary>When a rank counts as lost or slow, without connections.</summary>
public sealed class RankStatusesTests
{
    private static readonly RankTimeouts Patience = new(TimeSpan.FromSeconds(30)) { Warn = TimeSpan.FromSeconds(60), Limit = TimeSpan.FromMinutes(10) };
    private readonly ManualClock _clock = new();
    private readonly List<string> _warned = [];

    [Fact]
    public void Saving_and_measuring_have_their_time()
    {
        // rank 0 saves; rank 1 waits for it, and hears that it saves
        var (first, second) = (new RankStatuses([1], Patience, _clock), new RankStatuses([0], Patience, _clock));
        first.Enter(RankActivity.Save, 6);
        second.Enter(RankActivity.Exchange, 6);
        for (var minute = 0; minute < 120; minute++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            Assert.Null(first.Receive(1, new(RankMessageKind.Alive, 1, RankActivity.Exchange, 6)));
            Assert.Null(second.Receive(0, new(RankMessageKind.Alive, 0, RankActivity.Save, 6)));
            Assert.Null(first.Slow(_warned.Add));
            Assert.Null(second.Slow(_warned.Add));
            Assert.Null(first.Silence(1));
            Assert.Null(second.Silence(0));
        }

        Assert.Empty(_warned);
    }

    [Fact]
    public void A_rank_that_others_wait_for_is_named_once_a_time_and_after_the_limit_ends_the_run()
    {
        var roll = new RankStatuses([1, 2], Patience, _clock);
        var compute = new RankMessage(RankMessageKind.Alive, 1, RankActivity.Compute, 6);
        Assert.Null(roll.Receive(1, compute));
        Assert.Null(roll.Receive(2, new(RankMessageKind.Alive, 2, RankActivity.Exchange, 6)));
        roll.Enter(RankActivity.Exchange, 6);
        Assert.Null(Slow(59));
        Assert.Empty(_warned);
        Assert.Null(Slow(1));
        Assert.Equal(["Other ranks wait for rank 1, which has been in computing of step 7 for 60 s."], _warned);
        Assert.Null(Slow(59));
        Assert.Single(_warned);
        Assert.Null(Slow(1));
        Assert.Equal(2, _warned.Count);
        Assert.Equal((1, "rank 1, in computing of step 7, has kept others waiting for 601 s"), Slow(481));

        (int, string)? Slow(int seconds)
        {
            _clock.Advance(TimeSpan.FromSeconds(seconds));
            roll.Receive(1, compute); // it lives
            return roll.Slow(_warned.Add);
        }
    }

    [Fact]
    public void Setting_up_is_warned_of_and_never_ends_the_run()
    {
        var roll = new RankStatuses([1], Patience, _clock);
        roll.Enter(RankActivity.Exchange, 0);
        _clock.Advance(TimeSpan.FromHours(5));
        Assert.Null(roll.Slow(_warned.Add));
        Assert.StartsWith("Other ranks wait for rank 1, which has been in setting up of step 1 for ", Assert.Single(_warned), StringComparison.Ordinal);
    }

    [Fact]
    public void A_silent_rank_is_lost_unless_the_work_is_done()
    {
        var roll = new RankStatuses([1, 2], Patience, _clock);
        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Null(roll.Receive(2, new(RankMessageKind.Alive, 2, RankActivity.Update, 3)));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.StartsWith("rank 1, in setting up of step 1, has given no sign of life for 31 s", roll.Silence(1), StringComparison.Ordinal);
        Assert.Null(roll.Silence(2));
        Assert.Equal("rank 2, in updating of step 4, was lost: its process has ended", roll.Close(2));
        Assert.Null(roll.Receive(1, new(RankMessageKind.Finished, 1, RankActivity.Save, 3)));
        Assert.True(roll.IsGone(1));
        roll.Finish();
        _clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Null(roll.Silence(2));
        Assert.Null(roll.Close(2));
    }
}
