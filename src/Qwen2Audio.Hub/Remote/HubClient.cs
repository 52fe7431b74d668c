using System.Net;
using System.Net.Http.Headers;

namespace Qwen2Audio.Hub.Remote;

/// <summary>Sends requests to the endpoint. Redirects are followed here, so that the token is sent only to the endpoint's own origin.</summary>
internal sealed class HubClient : IDisposable
{
    private const int MaxRedirections = 8;
    private const int MaxListingBytes = 64 << 20;
    private readonly HubEndpoint _endpoint;
    private readonly TimeSpan _readTimeout;
    private readonly HttpClient _http;

    public HubClient(HubEndpoint endpoint, TimeSpan readTimeout)
    {
        (_endpoint, _readTimeout) = (endpoint, readTimeout);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(20),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            AutomaticDecompression = DecompressionMethods.None,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("qwen2audio", typeof(HubClient).Assembly.GetName().Version?.ToString(3)));
    }

    /// <summary>The files of a revision.</summary>
    public async Task<RepositoryListing> ListAsync(RepositoryName repository, CancellationToken cancellation)
    {
        using var answer = await SendAsync(HttpMethod.Get, _endpoint.ListingUri(repository), 0, cancellation);
        HubFailures.ThrowIfFailed(answer, _endpoint, repository, null);
        RequirePlain(answer, "its description of " + repository);
        var bytes = new MemoryStream();
        await using var content = await Translated(() => answer.Response.Content.ReadAsStreamAsync(cancellation), cancellation);
        var buffer = new byte[1 << 16];
        for (int read; (read = await ReadAsync(content, buffer, cancellation)) > 0;)
        {
            if (bytes.Length + read > MaxListingBytes)
                throw new HubException(HubFault.InvalidResponse, $"The endpoint's description of {repository} is longer than {MaxListingBytes} bytes.");
            bytes.Write(buffer, 0, read);
        }

        return ListingReader.Read(bytes.ToArray(), repository);
    }

    /// <summary>What the endpoint reports about a file, without its content.</summary>
    public async Task<HubResponse> HeadAsync(RepositoryName repository, string commit, string path, CancellationToken cancellation)
    {
        var answer = await SendAsync(HttpMethod.Head, _endpoint.FileUri(repository, commit, path), 0, cancellation);
        return Checked(answer, repository, commit, path);
    }

    /// <summary>Requests a file's bytes from a position on. The status is 206, 200 if the server sends the whole file, or 416.</summary>
    public async Task<HubResponse> GetAsync(RepositoryName repository, string commit, string path, long from, CancellationToken cancellation)
    {
        var answer = await SendAsync(HttpMethod.Get, _endpoint.FileUri(repository, commit, path), from, cancellation);
        return answer.Status == HttpStatusCode.RequestedRangeNotSatisfiable ? answer : Checked(answer, repository, commit, path);
    }

    /// <summary>Reads some bytes of a body; 0 at its end.</summary>
    /// <exception cref="TransientException">The connection is lost, or nothing arrives for too long.</exception>
    public Task<int> ReadAsync(Stream content, Memory<byte> buffer, CancellationToken cancellation) =>
        Translated(async () =>
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            timeout.CancelAfter(_readTimeout);
            return await content.ReadAsync(buffer, timeout.Token);
        }, cancellation);

    public void Dispose() => _http.Dispose();

    private HubResponse Checked(HubResponse answer, RepositoryName repository, string commit, string path)
    {
        try
        {
            HubFailures.ThrowIfFailed(answer, _endpoint, repository, path);
            RequirePlain(answer, path);
            if (answer.Commit is not null && answer.Commit != commit)
                throw new HubException(HubFault.InvalidResponse, $"The endpoint sent {path} from a different commit than {commit} of {repository}.");
            return answer;
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    /// <summary>Rejects content encodings, since the encoded bytes would be stored as the file.</summary>
    private static void RequirePlain(HubResponse answer, string what)
    {
        var headers = answer.Response.Content.Headers;
        if (headers.ContentEncoding.FirstOrDefault(coding => !coding.Equals("identity", StringComparison.OrdinalIgnoreCase)) is not null)
            throw new HubException(HubFault.InvalidResponse, $"The endpoint sent {what} with a Content-Encoding that was not requested; allowed: identity.");
        if (headers.ContentLength is null && headers.NonValidated.Contains("Content-Length"))
            throw new HubException(HubFault.InvalidResponse, $"The endpoint sent a Content-Length for {what} that is not a number of bytes.");
    }

    private async Task<HubResponse> SendAsync(HttpMethod method, Uri uri, long from, CancellationToken cancellation)
    {
        var answer = new HubResponse();
        try
        {
            for (var redirections = 0; ; redirections++)
            {
                using var request = new HttpRequestMessage(method, uri);
                request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
                if (_endpoint.Token is { } token && _endpoint.IsOrigin(uri)) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
                answer.Take(await SendOnceAsync(request, cancellation), _endpoint.IsOrigin(uri));
                if (answer.Status is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                    or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)) return answer;
                if (redirections == MaxRedirections) throw new HubException(HubFault.InvalidResponse, $"{uri.Host} redirects more than {MaxRedirections} times.");
                uri = Next(uri, answer.Response.Headers.Location);
            }
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    private static Uri Next(Uri uri, Uri? location)
    {
        if (location is null || !Uri.TryCreate(uri, location, out var next) || next.Scheme is not ("http" or "https"))
            throw new HubException(HubFault.InvalidResponse, $"{uri.Host} redirects to an address that is not http or https.");
        if (uri.Scheme == "https" && next.Scheme == "http")
            throw new HubException(HubFault.InvalidResponse, $"{uri.Host} redirects from https to http ({next.Host}), which is not followed.");
        return next;
    }

    private Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        Translated(async () =>
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            timeout.CancelAfter(_readTimeout);
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
        }, cancellation, request.RequestUri!.Host);

    private async Task<T> Translated<T>(Func<Task<T>> work, CancellationToken cancellation, string? host = null)
    {
        try
        {
            return await work();
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientException($"{host ?? "the host"} sent nothing for {_readTimeout.TotalSeconds:0.#} s", inner: exception);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError is HttpRequestError.SecureConnectionError)
        {
            throw new HubException(HubFault.Network, $"{host}: no secure connection ({exception.InnerException?.Message ?? exception.Message})", exception);
        }
        catch (Exception exception) when (exception is UriFormatException or FormatException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            throw new HubException(HubFault.InvalidResponse, $"{host ?? "The endpoint"} sent an invalid HTTP response ({exception.Message})", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new TransientException(exception.Message.TrimEnd('.'), inner: exception);
        }
    }
}
