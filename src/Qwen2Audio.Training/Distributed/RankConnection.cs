using System.Net.Sockets;

namespace Qwen2Audio.Training.Distributed;

/// <summary>The connection to another rank; all messages have one size.</summary>
internal sealed class RankConnection(TcpClient client) : IDisposable
{
    private readonly byte[] _bytes = new byte[RankMessage.Bytes];
    private int _filled;

    /// <summary>The messages that have arrived.</summary>
    /// <exception cref="IOException">The connection is closed or sends something else.</exception>
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

    /// <summary>Sends a message; an error is reported when reading.</summary>
    public void Send(RankMessage message)
    {
        Span<byte> bytes = stackalloc byte[RankMessage.Bytes];
        message.Write(bytes);
        try
        {
            client.GetStream().Write(bytes);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // reading reports the error
        }
    }

    public void Dispose() => client.Dispose();
}
