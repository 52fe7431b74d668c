using System.Net.Sockets;

namespace Qwen2Audio.Training.Distributed;

/// <summary>
/// Heartbeats between rank 0 and the others, outside MPI, where a rank would wait for a lost one for ever. Rank 0 detects a
/// process that ends or falls silent and tells the others; they detect when rank 0 does.
/// </summary>
internal sealed class RankHeartbeats
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);
    private readonly int _rank;
    private readonly Dictionary<int, RankConnection> _links;
    private readonly RankStatuses _roll;
    private readonly TimeProvider _clock;
    private readonly Action<string> _lost;
    private readonly Action<string>? _warn;
    private readonly Thread _thread;
    private readonly Lock _sending = new();
    private volatile bool _stop;

    /// <summary>Starts watching.</summary>
    /// <param name="rank">This rank.</param>
    /// <param name="clients">The connections to others.</param>
    /// <param name="patience">Time limits.</param>
    /// <param name="lost">Called once when a rank is lost.</param>
    /// <param name="warn">Called with a message about a rank that others wait for.</param>
    /// <param name="clock">The clock; null: the system's.</param>
    public RankHeartbeats(int rank, Dictionary<int, TcpClient> clients, RankTimeouts patience, Action<string> lost, Action<string>? warn, TimeProvider? clock = null)
    {
        (_rank, _lost, _warn, _clock) = (rank, lost, warn, clock ?? TimeProvider.System);
        _links = clients.ToDictionary(pair => pair.Key, pair => new RankConnection(pair.Value));
        _roll = new RankStatuses(clients.Keys, patience, _clock);
        _thread = new Thread(Watch) { IsBackground = true, Name = "ranks" };
        _thread.Start();
    }

    /// <summary>Records what this rank is doing.</summary>
    public void Enter(RankActivity section, long step) => _roll.Enter(section, step);

    /// <summary>Records that this rank waits for the others; returns what it did before, for <see cref="Enter"/>.</summary>
    public (RankActivity Section, long Step) Wait()
    {
        var before = _roll.Own;
        _roll.Enter(RankActivity.Exchange, before.Step);
        return before;
    }

    /// <summary>All ranks, including this one, have finished: a rank that leaves from now on does not count as lost.</summary>
    public void Finish()
    {
        _roll.Finish();
        Say(RankMessageKind.Finished);
    }

    /// <summary>Leaves; <paramref name="ended"/> is false when this rank ends early.</summary>
    public void Dispose(bool ended)
    {
        _stop = true;
        if (!ended) Say(RankMessageKind.Ended);
        _thread.Join(TimeSpan.FromSeconds(2));
        foreach (var link in _links.Values) link.Dispose();
    }

    private void Watch()
    {
        long? beaten = null;
        while (!_stop)
        {
            if (beaten is not { } last || _clock.GetElapsedTime(last) >= Beat)
            {
                Say(RankMessageKind.Alive);
                beaten = _clock.GetTimestamp();
            }

            foreach (var rank in _links.Keys)
            {
                if (_roll.IsGone(rank) || Problem(rank) is not { } problem) continue;
                End(rank, problem);
                return;
            }

            if (_roll.Slow(_warn) is var (slow, reason))
            {
                End(slow, reason);
                return;
            }

            Thread.Sleep(20);
        }
    }

    // null: no problem
    private string? Problem(int rank)
    {
        try
        {
            foreach (var message in _links[rank].Receive())
                if (_roll.Receive(rank, message) is { } problem) return problem;
                else if (_roll.IsGone(rank)) return null;
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            return _roll.Close(rank);
        }

        return _roll.Silence(rank);
    }

    private void End(int rank, string problem)
    {
        _stop = true;
        Say(RankMessageKind.Lost, rank);
        _lost(problem);
    }

    private void Say(RankMessageKind sign, int about = -1)
    {
        lock (_sending)
        {
            var (section, step) = _roll.Own;
            var message = new RankMessage(sign, about < 0 ? _rank : about, section, step);
            foreach (var (rank, link) in _links)
                if (!_roll.IsGone(rank) && rank != about) link.Send(message);
        }
    }
}
