using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;

namespace Qwen2Audio.Testing;

/// <summary>A client's request to a <see cref="FakeHub"/>; header names in lower case.</summary>
public sealed record HubRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>First byte requested by a Range header; 0 without one.</summary>
    public long From => Headers.TryGetValue("range", out var range) ? long.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture) : 0;
}

/// <summary>A response of a <see cref="FakeHub"/>.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">Bytes of the body.</param>
/// <param name="Headers">Headers beyond Content-Length.</param>
public sealed record HubReply(int Status, byte[] Body, params (string Name, string Value)[] Headers)
{
    /// <summary>Bytes after which the connection is cut; null: none.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Bytes after which the server stalls until the client disconnects; null: none.</summary>
    public int? StallAfter { get; init; }

    /// <summary>The response does not declare its length: it ends with the connection.</summary>
    public bool Undeclared { get; init; }
}

/// <summary>
/// A Hugging Face-compatible endpoint on this machine: one repository at one commit, and a hook for other responses. Plain HTTP over
/// sockets, one request per connection.
/// </summary>
public sealed class FakeHub : IDisposable
{
    /// <summary>The repository.</summary>
    public const string Repository = "some-org/Some-Model";

    /// <summary>The commit of its revision main.</summary>
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<HubRequest> _requests = [];

    /// <summary>Starts listening.</summary>
    public FakeHub(IReadOnlyDictionary<string, byte[]>? files = null)
    {
        Files = new SortedDictionary<string, byte[]>((files ?? new Dictionary<string, byte[]>()).ToDictionary(), StringComparer.Ordinal);
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The repository's files.</summary>
    public SortedDictionary<string, byte[]> Files { get; }

    /// <summary>Files that are stored separately, with SHA-256 and a redirect; by default those that end in .safetensors or .bin.</summary>
    public Func<string, bool> IsLarge { get; set; } = path => path.EndsWith(".safetensors", StringComparison.Ordinal) || path.EndsWith(".bin", StringComparison.Ordinal);

    /// <summary>Called first; null: the usual response.</summary>
    public Func<HubRequest, HubReply?> Answer { get; set; } = _ => null;

    /// <summary>Where large files are redirected to: this server's address by default.</summary>
    public string? Storage { get; set; }

    /// <summary>True: the listing has sizes and checksums.</summary>
    public bool ListsBlobs { get; set; } = true;

    /// <summary>True: Range requests get status 206.</summary>
    public bool KnowsRanges { get; set; } = true;

    /// <summary>Address of the server, with a host name for tests of origins: localhost and 127.0.0.1 are two.</summary>
    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>The port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>All requests so far.</summary>
    public IReadOnlyList<HubRequest> Requests
    {
        get
        {
            lock (_requests) return [.. _requests];
        }
    }

    /// <summary>Git's object id of some content.</summary>
    public static string GitSha1(byte[] content) =>
#pragma warning disable CA5350 // git's own ids
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350

    /// <summary>SHA-256 of some content.</summary>
    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>The usual response to a request.</summary>
    public HubReply Usual(HubRequest request)
    {
        var path = Uri.UnescapeDataString(request.Target.Split('?')[0]);
        if (path is $"/api/models/{Repository}/revision/main" or $"/api/models/{Repository}/revision/{Commit}") return Json(Listing());
        if (path.StartsWith("/storage/", StringComparison.Ordinal)) return Content(request, Files[path["/storage/".Length..]], []);
        var resolve = $"/{Repository}/resolve/{Commit}/";
        if (!path.StartsWith(resolve, StringComparison.Ordinal))
            return new HubReply(404, [], ("X-Error-Code", path.Contains($"/{Repository}/", StringComparison.Ordinal) ? "RevisionNotFound" : "RepoNotFound"));
        var name = path[resolve.Length..];
        if (!Files.TryGetValue(name, out var content)) return new HubReply(404, [], ("X-Error-Code", "EntryNotFound"));
        if (!IsLarge(name)) return Content(request, content, [("ETag", $"\"{GitSha1(content)}\""), ("X-Repo-Commit", Commit)]);
        return new HubReply(302, [], ("Location", $"{Storage ?? Address}/storage/{Uri.EscapeDataString(name)}"), ("X-Repo-Commit", Commit),
            ("X-Linked-Etag", $"\"{Sha256(content)}\""), ("X-Linked-Size", $"{content.Length}"));
    }

    /// <summary>A JSON response.</summary>
    public static HubReply Json(object value) => new(200, JsonSerializer.SerializeToUtf8Bytes(value), ("Content-Type", "application/json"));

    /// <summary>The usual listing.</summary>
    public object Listing() => new
    {
        id = Repository,
        sha = Commit,
        siblings = Files.Select(file => new Dictionary<string, object?> { ["rfilename"] = file.Key }.Concat(!ListsBlobs ? [] : new Dictionary<string, object?>
        {
            ["size"] = file.Value.Length,
            ["blobId"] = GitSha1(file.Value),
            ["lfs"] = IsLarge(file.Key) ? new { sha256 = Sha256(file.Value), size = file.Value.Length, pointerSize = 130 } : null,
        }).ToDictionary()).ToList(),
    };

    public void Dispose()
    {
        if (_stop.IsCancellationRequested) return;
        _stop.Cancel();
        _listener.Stop();
    }

    private HubReply Content(HubRequest request, byte[] content, (string, string)[] headers)
    {
        if (request.From == 0 || !KnowsRanges) return new HubReply(200, content, headers);
        if (request.From >= content.Length) return new HubReply(416, []);
        return new HubReply(206, content[(int)request.From..], [.. headers, ("Content-Range", $"bytes {request.From}-{content.Length - 1}/{content.Length}")]);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = client.GetStream();
                if (await ReadAsync(stream) is not { } request) return;
                lock (_requests) _requests.Add(request);
                await WriteAsync(stream, request, Answer(request) ?? Usual(request));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // the client went away
            }
        }
    }

    private static async Task<HubRequest?> ReadAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
        var first = (await reader.ReadLineAsync())?.Split(' ');
        if (first is not { Length: 3 }) return null;
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon].ToLowerInvariant()] = line[(colon + 1)..].Trim();
        }

        return new HubRequest(first[0], first[1], headers);
    }

    private async Task WriteAsync(Stream stream, HubRequest request, HubReply reply)
    {
        var head = new StringBuilder($"HTTP/1.1 {reply.Status} Status\r\nConnection: close\r\n");
        if (!reply.Undeclared) head.Append($"Content-Length: {reply.Body.Length}\r\n");
        foreach (var (name, value) in reply.Headers) head.Append($"{name}: {value}\r\n");
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()));
        if (request.Method == "HEAD") return;
        var end = reply.CutAfter ?? reply.StallAfter ?? reply.Body.Length;
        await stream.WriteAsync(reply.Body.AsMemory(0, Math.Min(end, reply.Body.Length)));
        await stream.FlushAsync();
        if (reply.StallAfter is not null) await Task.Delay(Timeout.Infinite, _stop.Token);
    }
}
