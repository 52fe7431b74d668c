using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Qwen2Audio.Training.Distributed;

/// <summary>
/// Signs of life between rank 0 and the others, beside MPI, in which a rank that waits for a lost one would wait for ever. Rank 0 notices a
/// process that ends or falls silent and tells the others; they notice when rank 0 does.
/// </summary>
internal sealed class RankWatch
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly int _rank;
    private readonly Dictionary<int, Peer> _peers;
    private readonly TimeSpan _silence;
    private readonly Action<string> _lost;
    private readonly Action<string>? _warn;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private RankSection _section;
    private long _step;
    private long _since = Stopwatch.GetTimestamp();
    private volatile bool _stop;
    private volatile bool _finishing;

    public RankWatch(int rank, Dictionary<int, TcpClient> clients, TimeSpan silence, Action<string> lost, Action<string>? warn)
    {
        (_rank, _silence, _lost, _warn) = (rank, silence, lost, warn);
        _peers = clients.ToDictionary(pair => pair.Key, pair => new Peer(pair.Value));
        _thread = new Thread(Watch) { IsBackground = true, Name = "ranks" };
        _thread.Start();
    }

    /// <summary>Joins rank 0 at the addresses that it gave.</summary>
    /// <exception cref="RanksException">None of them can be reached.</exception>
    public static RankWatch Connect(string addresses, int rank, TimeSpan silence, Action<string> lost)
    {
        var parts = addresses.Split(' ');
        var (token, port, machine) = (parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2]);
        // on rank 0's machine the loopback is the surest way
        var hosts = machine == Environment.MachineName ? parts[3..].Reverse() : parts[3..];
        foreach (var host in hosts)
        {
            var client = new TcpClient { NoDelay = true };
            try
            {
                if (client.ConnectAsync(host, port).Wait(TimeSpan.FromSeconds(3)))
                {
                    client.GetStream().Write(Encoding.ASCII.GetBytes(token + rank.ToString("D4", CultureInfo.InvariantCulture)));
                    return new RankWatch(rank, new Dictionary<int, TcpClient> { [0] = client }, silence, lost, null);
                }
            }
            catch (Exception exception) when (exception is AggregateException or IOException or SocketException)
            {
                // the next address
            }

            client.Dispose();
        }

        throw new RanksException($"Rank {rank} on {Environment.MachineName} cannot reach rank 0 on {machine}, port {port} (tried {string.Join(", ", parts[3..])}).");
    }

    /// <summary>What this rank does now.</summary>
    public void Enter(RankSection section, long step)
    {
        lock (_gate) (_section, _step, _since) = (section, step, Stopwatch.GetTimestamp());
    }

    /// <summary>The others end too: their going is no loss.</summary>
    public void Finish()
    {
        _finishing = true;
        Say(RankSign.Finished);
    }

    /// <summary>Leaves; not <paramref name="ended"/>: before its time.</summary>
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
                _stop = true;
                Say(RankSign.Lost, rank);
                _lost(problem);
                return;
            }

            if (_rank == 0) NameSlow();
            Thread.Sleep(20);
        }
    }

    // null: all is well
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
                        return $"{place} ended with an error of its own";
                    case RankSign.Lost:
                        return $"rank {message.Rank} was lost (rank 0 says)";
                    default:
                        if (message.Section != peer.Last.Section || message.Step != peer.Last.Step) peer.Since = Stopwatch.GetTimestamp();
                        peer.Last = message;
                        peer.Heard = Stopwatch.GetTimestamp();
                        break;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            if (_finishing) peer.Gone = true;
            return _finishing ? null : $"{place} was lost: its process has ended";
        }

        var silent = Stopwatch.GetElapsedTime(peer.Heard);
        return silent > _silence && !_finishing ? $"{place} has given no sign of life for {silent.TotalSeconds:0} s (stopped, or its machine cannot be reached)" : null;
    }

    // a rank that computes while another has waited for it for long
    private void NameSlow()
    {
        RankSection own;
        long since;
        lock (_gate) (own, since) = (_section, _since);
        var waiting = own == RankSection.Exchange && Stopwatch.GetElapsedTime(since) > Patience
            || _peers.Values.Any(peer => !peer.Gone && peer.Last.Section == RankSection.Exchange && Stopwatch.GetElapsedTime(peer.Since) > Patience);
        if (!waiting) return;
        foreach (var (rank, peer) in _peers)
        {
            if (peer.Gone || peer.Last.Section == RankSection.Exchange || Stopwatch.GetElapsedTime(peer.Since) < Patience || Stopwatch.GetElapsedTime(peer.Warned) < Patience) continue;
            peer.Warned = Stopwatch.GetTimestamp();
            _warn?.Invoke($"Others wait for rank {rank}, which has been in {Name(peer.Last.Section)} of step {peer.Last.Step + 1} for {Stopwatch.GetElapsedTime(peer.Since).TotalSeconds:0} s.");
        }
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
                    // reading tells what is wrong
                }
            }
        }
    }

    private static string Name(RankSection section) => section switch
    {
        RankSection.Setup => "setting up",
        RankSection.Data => "reading data",
        RankSection.Compute => "computing",
        RankSection.Exchange => "exchanging gradients",
        RankSection.Update => "updating",
        _ => "saving",
    };

    private sealed class Peer(TcpClient client)
    {
        private readonly byte[] _bytes = new byte[RankMessage.Bytes];
        private int _filled;

        public TcpClient Client => client;

        public RankMessage Last { get; set; }

        public long Heard { get; set; } = Stopwatch.GetTimestamp();

        public long Since { get; set; } = Stopwatch.GetTimestamp();

        public long Warned { get; set; }

        public bool Gone { get; set; }

        /// <summary>The messages that have arrived; throws when the other end is closed or speaks another language.</summary>
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
