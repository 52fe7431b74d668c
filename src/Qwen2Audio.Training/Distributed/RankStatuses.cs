namespace Qwen2Audio.Training.Distributed;

/// <summary>
/// What this rank does, what the others last reported, and since when: this tells whether a rank is lost or keeps others waiting. Messages
/// and the time come from outside.
/// </summary>
internal sealed class RankStatuses
{
    private readonly TimeProvider _clock;
    private readonly RankTimeouts _patience;
    private readonly Dictionary<int, Entry> _others;
    private readonly Lock _gate = new();
    private RankActivity _section;
    private long _step;
    private long _since;
    private volatile bool _finishing;

    /// <param name="others">The ranks that report to this one.</param>
    /// <param name="patience">Time limits.</param>
    public RankStatuses(IEnumerable<int> others, RankTimeouts patience, TimeProvider clock)
    {
        (_patience, _clock, _since) = (patience, clock, clock.GetTimestamp());
        _others = others.ToDictionary(rank => rank, _ => new Entry { LastReceived = _since, Since = _since });
    }

    /// <summary>What this rank does, as it reports to the others.</summary>
    public (RankActivity Section, long Step) Own
    {
        get
        {
            lock (_gate) return (_section, _step);
        }
    }

    /// <summary>Records what this rank is doing.</summary>
    public void Enter(RankActivity section, long step)
    {
        lock (_gate) (_section, _step, _since) = (section, step, _clock.GetTimestamp());
    }

    /// <summary>All ranks, including this one, have finished: a rank that leaves or is silent from now on does not count as lost.</summary>
    public void Finish() => _finishing = true;

    /// <summary>Whether a rank has finished and left.</summary>
    public bool IsGone(int rank) => _others[rank].Gone;

    /// <summary>Takes a rank's message; returns the problem, or null.</summary>
    public string? Receive(int rank, RankMessage message)
    {
        var entry = _others[rank];
        switch (message.Sign)
        {
            case RankMessageKind.Finished:
                entry.Gone = true;
                return null;
            case RankMessageKind.Ended:
                return $"rank {rank}, in {Place(message)}, ended with an error of its own";
            case RankMessageKind.Lost:
                return $"rank {message.Rank} was lost (rank 0 says)";
        }

        entry.LastReceived = _clock.GetTimestamp();
        if ((message.Section, message.Step) != (entry.Last.Section, entry.Last.Step)) entry.Since = entry.LastReceived;
        entry.Last = message;
        return null;
    }

    /// <summary>A rank's connection was closed; returns the problem, or null when all had finished.</summary>
    public string? Close(int rank)
    {
        var entry = _others[rank];
        entry.Gone = _finishing;
        return _finishing ? null : $"rank {rank}, in {Place(entry.Last)}, was lost: its process has ended";
    }

    /// <summary>The problem when a rank has been silent for too long, or null.</summary>
    public string? Silence(int rank)
    {
        var (entry, silent) = (_others[rank], _clock.GetElapsedTime(_others[rank].LastReceived));
        return silent <= _patience.Silence || _finishing || entry.Gone ? null
            : $"rank {rank}, in {Place(entry.Last)}, has given no sign of life for {silent.TotalSeconds:0} s (stopped, or its machine cannot be reached)";
    }

    /// <summary>
    /// Warns of a rank that has kept another waiting for long; not null: the limit is exceeded. Rank 0 watches all others; the others
    /// watch rank 0.
    /// </summary>
    public (int Rank, string Problem)? Slow(Action<string>? warn)
    {
        var longest = TimeSpan.Zero;
        lock (_gate)
            if (_section == RankActivity.Exchange) longest = _clock.GetElapsedTime(_since);
        foreach (var entry in _others.Values)
            if (!entry.Gone && entry.Last.Section == RankActivity.Exchange && _clock.GetElapsedTime(entry.Since) is var waits && waits > longest) longest = waits;
        if (longest < _patience.Warn) return null;
        foreach (var (rank, entry) in _others)
        {
            // exempt while rank 0 saves and evaluates and the others wait
            if (entry.Gone || entry.Last.Section is RankActivity.Exchange or RankActivity.Save) continue;
            var works = _clock.GetElapsedTime(entry.Since);
            if (entry.Last.Section != RankActivity.Setup && works > _patience.Limit && longest > _patience.Limit)
                return (rank, $"rank {rank}, in {Place(entry.Last)}, has kept others waiting for {longest.TotalSeconds:0} s");
            if (works < _patience.Warn || (entry.Warned is { } warned && _clock.GetElapsedTime(warned) < _patience.Warn)) continue;
            entry.Warned = _clock.GetTimestamp();
            warn?.Invoke($"Other ranks wait for rank {rank}, which has been in {Place(entry.Last)} for {works.TotalSeconds:0} s.");
        }

        return null;
    }

    private static string Place(RankMessage last) => $"{Name(last.Section)} of step {last.Step + 1}";

    private static string Name(RankActivity section) => section switch
    {
        RankActivity.Setup => "setting up",
        RankActivity.Data => "reading data",
        RankActivity.Compute => "computing",
        RankActivity.Exchange => "waiting for other ranks",
        RankActivity.Update => "updating",
        _ => "saving",
    };

    private sealed class Entry
    {
        public RankMessage Last { get; set; }

        public long LastReceived { get; set; }

        public long Since { get; set; }

        public long? Warned { get; set; }

        public bool Gone { get; set; }
    }
}
