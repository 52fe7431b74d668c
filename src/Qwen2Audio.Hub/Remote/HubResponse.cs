using System.Net;

namespace Qwen2Audio.Hub.Remote;

/// <summary>A response after redirects, with the endpoint's own headers about the file (those of storage hosts are not trusted).</summary>
internal sealed class HubResponse : IDisposable
{
    private HttpResponseMessage? _response;

    /// <summary>The last response.</summary>
    public HttpResponseMessage Response => _response ?? throw new InvalidOperationException("There is no response yet.");

    /// <summary>X-Repo-Commit.</summary>
    public string? Commit { get; private set; }

    /// <summary>X-Linked-Etag, else ETag, without quotes and weak prefix.</summary>
    public string? ETag { get; private set; }

    /// <summary>X-Linked-Size, else the length of the content.</summary>
    public long? Size { get; private set; }

    public HttpStatusCode Status => Response.StatusCode;

    /// <summary>Adds a response; <paramref name="trusted"/>: it comes from the endpoint.</summary>
    public void Take(HttpResponseMessage response, bool trusted)
    {
        _response?.Dispose();
        _response = response;
        if (trusted)
        {
            Commit ??= Header("X-Repo-Commit");
            ETag ??= Plain(Header("X-Linked-Etag"));
            if (Size is null && Header("X-Linked-Size") is { } declared)
                Size = long.TryParse(declared, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size
                    : throw new HubException(HubFault.InvalidResponse, $"{Host} gives the size \"{Shown(declared)}\" (X-Linked-Size); allowed: a whole number of bytes, 0 or more.");
        }
        if (!response.IsSuccessStatusCode) return;
        ETag ??= Plain(Header("ETag"));
        Size ??= response.Content.Headers.ContentLength;
    }

    private string Host => Response.RequestMessage?.RequestUri?.Host ?? "The endpoint";

    public string? Header(string name) => Response.Headers.TryGetValues(name, out var values) ? values.First() : null;

    public void Dispose() => _response?.Dispose();

    private static string Shown(string text) => new([.. text.Take(40).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '·' : c)]);

    private static string? Plain(string? tag)
    {
        if (tag is null) return null;
        var text = (tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag).Trim('"');
        return text.Length is > 0 and <= 128 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? text : null;
    }
}
