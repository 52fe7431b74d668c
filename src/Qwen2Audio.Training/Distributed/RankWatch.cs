using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Qwen2Audio.Training.Distributed;

/// <summary>
/// Heartbeats between rank 0 and the others, outside MPI, where a rank would wait for a lost one for ever. Rank 0 detects a
/// process that ends or falls silent and tells the others; they detect when rank 0 does.
/// </summary>
internal sealed class RankWatch
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);
    private readonly int _rank;
    private readonly Dictionary<int, Peer> _peers;
    private readonly RankPatience _patience;
    private readonly Action<string> _lost;
    private readonly Action<string>? _warn;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private RankSection _section;
    private long _step;
    private long _since = Stopwatch.GetTimestamp();
    private volatile bool _stop;
    private volatile bool _finishing;

    public RankWatch(int rank, Dictionary<int, TcpClient> clients, RankPatience patience, Action<string> lost, Action<string>? warn)
    {
        (_rank, _patience, _lost, _warn) = (rank, patience, lost, warn);
        _peers = clients.ToDictionary(pair => pair.Key, pair => new Peer(pair.Value));
        _thread = new Thread(Watch) { IsBackground = true, Name = "ranks" };
        _thread.Start();
    }

    /// <summary>Connects to rank 0 at one of its addresses.</summary>
    /// <exception cref="RanksException">No address can be reached.</exception>
    public static RankWatch Connect(string addresses, int rank, RankPatience patience, Action<string> lost, Action<string>? warn = null)
    {
        var parts = addresses.Split(' ');
        var (token, port, machine) = (parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2]);
        // on rank 0's own machine, the loopback address is the most reliable
        var hosts = machine == Environment.MachineName ? parts[3..].Reverse() : parts[3..];
        foreach (var host in hosts)
        {
            var client = new TcpClient { NoDelay = true };
            try
            {
                if (client.ConnectAsync(host, port).Wait(TimeSpan.FromSeconds(3)))
                {
                    client.GetStream().Write(Encoding.ASCII.GetBytes(token + rank.ToString("D4", CultureInfo.InvariantCulture)));
                    return new RankWatch(rank, new Dictionary<int, TcpClient> { [0] = client }, patience, lost, warn);
                }
            }
            catch (Exception exception) when (exception is AggregateException or IOException or SocketException)
            {
                // tries the next address
            }

            client.Dispose();
        }

        throw new RanksException($"Rank {rank} on {Environment.MachineName} cannot reach rank 0 on {machine}, port {port} (tried {string.Join(", ", parts[3..])}).");
    }

    /// <summary>Records what this rank is doing.</summary>
    public void Enter(RankSection section, long step)
    {
        lock (_gate) (_section, _step, _since) = (section, step, Stopwatch.GetTimestamp());
    }

    /// <summary>Records that this rank waits for the others; returns what it did before, for <see cref="Enter"/>.</summary>
    public (RankSection Section, long Step) Wait()
    {
        lock (_gate)
        {
            var before = (_section, _step);
            (_section, _since) = (RankSection.Exchange, Stopwatch.GetTimestamp());
            return before;
        }
    }

    /// <summary>All ranks, including this one, have finished: a rank that leaves from now on does not count as lost.</summary>
    public void Finish()
    {
        _finishing = true;
        Say(RankSign.Finished);
    }

    /// <summary>Leaves; <paramref name="ended"/> is false when this rank ends early.</summary>
    public void Dispose(bool ended)
    {
        _stop = true;
        if (!ended) Say(RankSign.Ended);
        _thread.Join(TimeSpan.FromSeconds(2));
        foreach (var peer in _peers.Values) peer.Client.Dispose();
    }

    private void Watch()
    {
        var lastBeat = 0L;
        while (!_stop)
        {
            if (lastBeat == 0 || Stopwatch.GetElapsedTime(lastBeat) >= Beat)
            {
                Say(RankSign.Alive);
                lastBeat = Stopwatch.GetTimestamp();
            }

            foreach (var (rank, peer) in _peers)
            {
                if (peer.Gone) continue;
                if (Problem(rank, peer) is not { } problem) continue;
                End(rank, problem);
                return;
            }

            if (Slow() is var (slow, reason))
            {
                End(slow, reason);
                return;
            }

            Thread.Sleep(20);
        }
    }

    // null: no problem
    private string? Problem(int rank, Peer peer)
    {
        var place = $"rank {rank}, in {Name(peer.Last.Section)} of step {peer.Last.Step + 1},";
        try
        {
            foreach (var message in peer.Receive())
            {
                switch (message.Sign)
                {
                    case RankSign.Finished:
                        peer.Gone = true;
                        return null;
                    case RankSign.Ended:
                        return $"rank {rank}, in {Name(message.Section)} of step {message.Step + 1}, ended with an error of its own";
                    case RankSign.Lost:
                        return $"rank {message.Rank} was lost (rank 0 says)";
                    default:
                        if (message.Section != peer.Last.Section || message.Step != peer.Last.Step) peer.Since = Stopwatch.GetTimestamp();
                        peer.Last = message;
                        peer.LastSeen = Stopwatch.GetTimestamp();
                        break;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            if (_finishing) peer.Gone = true;
            return _finishing ? null : $"{place} was lost: its process has ended";
        }

        var silent = Stopwatch.GetElapsedTime(peer.LastSeen);
        return silent > _patience.Silence && !_finishing ? $"{place} has given no sign of life for {silent.TotalSeconds:0} s (stopped, or its machine cannot be reached)" : null;
    }

    private void End(int rank, string problem)
    {
        _stop = true;
        Say(RankSign.Lost, rank);
        _lost(problem);
    }

    // Warns of a rank that has kept another waiting for long; not null: the limit is exceeded. Rank 0 watches all others;
    // the others watch rank 0.
    private (int Rank, string Problem)? Slow()
    {
        RankSection own;
        long since;
        lock (_gate) (own, since) = (_section, _since);
        var longest = own == RankSection.Exchange ? Stopwatch.GetElapsedTime(since) : TimeSpan.Zero;
        foreach (var peer in _peers.Values)
            if (!peer.Gone && peer.Last.Section == RankSection.Exchange && Stopwatch.GetElapsedTime(peer.Since) is var waits && waits > longest) longest = waits;
        if (longest < _patience.Warn) return null;
        foreach (var (rank, peer) in _peers)
        {
            // exempt while rank 0 saves and evaluates and the others wait
            if (peer.Gone || peer.Last.Section is RankSection.Exchange or RankSection.Save) continue;
            var works = Stopwatch.GetElapsedTime(peer.Since);
            var place = $"{Name(peer.Last.Section)} of step {peer.Last.Step + 1}";
            if (peer.Last.Section != RankSection.Setup && works > _patience.Limit && longest > _patience.Limit)
                return (rank, $"rank {rank}, in {place}, has kept others waiting for {longest.TotalSeconds:0} s");
            if (works < _patience.Warn || (peer.Warned != 0 && Stopwatch.GetElapsedTime(peer.Warned) < _patience.Warn)) continue;
            peer.Warned = Stopwatch.GetTimestamp();
            _warn?.Invoke($"Other ranks wait for rank {rank}, which has been in {place} for {works.TotalSeconds:0} s.");
        }

        return null;
    }

    private void Say(RankSign sign, int about = -1)
    {
        Span<byte> bytes = stackalloc byte[RankMessage.Bytes];
        lock (_gate)
        {
            new RankMessage(sign, about < 0 ? _rank : about, _section, _step).Write(bytes);
            foreach (var (rank, peer) in _peers)
            {
                if (peer.Gone || rank == about) continue;
                try
                {
                    peer.Client.GetStream().Write(bytes);
                }
                catch (Exception exception) when (exception is IOException or InvalidOperationException)
                {
                    // reading reports the error
                }
            }
        }
    }

    private static string Name(RankSection section) => section switch
    {
        RankSection.Setup => "setting up",
        RankSection.Data => "reading data",
        RankSection.Compute => "computing",
        RankSection.Exchange => "waiting for other ranks",
        RankSection.Update => "updating",
        _ => "saving",
    };

    private sealed class Peer(TcpClient client)
    {
        private readonly byte[] _bytes = new byte[RankMessage.Bytes];
        private int _filled;

        public TcpClient Client => client;

        public RankMessage Last { get; set; }

        public long LastSeen { get; set; } = Stopwatch.GetTimestamp();

        public long Since { get; set; } = Stopwatch.GetTimestamp();

        public long Warned { get; set; }

        public bool Gone { get; set; }

        /// <summary>The messages that have arrived; throws when the connection is closed or sends something else.</summary>
        public IEnumerable<RankMessage> Receive()
        {
            while (client.Client.Poll(0, SelectMode.SelectRead))
            {
                var read = client.Client.Receive(_bytes.AsSpan(_filled));
                if (read == 0) throw new IOException("closed");
                _filled += read;
                if (_filled < _bytes.Length) continue;
                _filled = 0;
                yield return RankMessage.Read(_bytes) ?? throw new IOException("not a message of a rank");
            }
        }
    }
}
