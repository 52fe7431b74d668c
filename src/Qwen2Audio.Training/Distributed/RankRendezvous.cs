using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Qwen2Audio.Training.Distributed;

/// <summary>How ranks find each other: a port of rank 0 to which the others connect, and a token that keeps other processes out.</summary>
internal sealed class RankRendezvous : IDisposable
{
    private static readonly TimeSpan JoinTime = TimeSpan.FromSeconds(60);
    private readonly TcpListener _listener;
    private readonly string _token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private RankRendezvous(TcpListener listener) => _listener = listener;

    /// <summary>Opens a free port.</summary>
    public static RankRendezvous Listen()
    {
        var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        return new RankRendezvous(listener);
    }

    /// <summary>Token, port and addresses, to be sent to the others.</summary>
    public string Addresses
    {
        get
        {
            IEnumerable<string> hosts;
            try
            {
                hosts = Dns.GetHostAddresses(Dns.GetHostName(), AddressFamily.InterNetwork).Select(address => address.ToString());
            }
            catch (SocketException)
            {
                hosts = [];
            }

            var port = ((IPEndPoint)_listener.LocalEndpoint).Port;
            return string.Join(' ', [_token, port.ToString(CultureInfo.InvariantCulture), Environment.MachineName, .. hosts.Append("127.0.0.1").Distinct(StringComparer.Ordinal).Take(20)]);
        }
    }

    /// <summary>Waits until all others have joined.</summary>
    /// <exception cref="RanksException">They do not join in time.</exception>
    public RankHeartbeats Accept(int count, RankTimeouts patience, Action<string> lost, Action<string> warn, TimeProvider? time = null)
    {
        var clock = Stopwatch.StartNew();
        var clients = new Dictionary<int, TcpClient>();
        while (clients.Count < count - 1)
        {
            if (clock.Elapsed > JoinTime) throw new RanksException($"{count - 1 - clients.Count} of {count} ranks did not join within {JoinTime.TotalSeconds:0} s.");
            if (!_listener.Pending())
            {
                Thread.Sleep(5);
                continue;
            }

            var client = _listener.AcceptTcpClient();
            client.NoDelay = true;
            client.ReceiveTimeout = 2000;
            if (Greeting(client) is { } rank && rank > 0 && rank < count && clients.TryAdd(rank, client)) continue;
            client.Dispose();
        }

        return new RankHeartbeats(0, clients, patience, lost, warn, time);
    }

    /// <summary>Connects to rank 0 at one of its addresses.</summary>
    /// <exception cref="RanksException">No address can be reached.</exception>
    public static RankHeartbeats Join(string addresses, int rank, RankTimeouts patience, Action<string> lost, Action<string>? warn = null, TimeProvider? time = null)
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
                    return new RankHeartbeats(rank, new Dictionary<int, TcpClient> { [0] = client }, patience, lost, warn, time);
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

    public void Dispose() => _listener.Dispose();

    // the token's 32 characters and the rank as four digits
    private int? Greeting(TcpClient client)
    {
        try
        {
            var bytes = new byte[36];
            client.GetStream().ReadExactly(bytes);
            var text = Encoding.ASCII.GetString(bytes);
            if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(_token), bytes.AsSpan(0, 32))) return null;
            return int.TryParse(text.AsSpan(32), NumberStyles.None, CultureInfo.InvariantCulture, out var rank) ? rank : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
