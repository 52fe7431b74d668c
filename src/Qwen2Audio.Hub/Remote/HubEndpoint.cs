using System.Net;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Hub.Remote;

/// <summary>The model server and its access token. The token is sent only to this server and never shown.</summary>
public sealed class HubEndpoint
{
    private const string Default = "https://huggingface.co";
    private const int LongestToken = 4096;

    /// <summary>An endpoint.</summary>
    /// <param name="address">http or https address, with a path if the endpoint has one.</param>
    /// <param name="token">Access token, or null.</param>
    /// <exception cref="HubException">The address is invalid, or the token has characters that a header cannot contain.</exception>
    public HubEndpoint(string address, string? token = null)
    {
        if (!Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")
            || uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
            throw new HubException(HubFault.Usage, $"The endpoint (HF_ENDPOINT) is \"{address}\"; allowed: an http or https address without user, query or fragment.");
        Address = uri;
        Token = token?.Trim() is { Length: > 0 } given ? given : null;
        if (Token is not null && (Token.Length > LongestToken || Token.Any(c => c is <= ' ' or > '~')))
            throw new HubException(HubFault.Usage, "The access token (HF_TOKEN or the token file) contains characters that are not allowed in a token; it is not shown here.");
    }

    /// <summary>Address with a trailing slash.</summary>
    public Uri Address { get; }

    /// <summary>Whether there is an access token.</summary>
    public bool HasToken => Token is not null;

    internal string? Token { get; }

    /// <summary>The endpoint in HF_ENDPOINT, or https://huggingface.co. The token comes from HF_TOKEN, from the file HF_TOKEN_PATH names, or from HF_HOME/token.</summary>
    /// <param name="environment">Reads a variable; by default from the process's environment.</param>
    /// <exception cref="HubException">A variable has an invalid value.</exception>
    public static HubEndpoint FromEnvironment(Func<string, string?>? environment = null)
    {
        environment ??= Environment.GetEnvironmentVariable;
        var address = environment("HF_ENDPOINT") is { Length: > 0 } named ? named : Default;
        if (environment("HF_TOKEN") is { Length: > 0 } token) return new HubEndpoint(address, token);
        var file = new FileInfo(HubFolders.Named(environment, "HF_TOKEN_PATH") ?? Path.Combine(HubFolders.Home(environment), "token"));
        return new HubEndpoint(address, file is { Exists: true, Length: <= LongestToken } ? PlainFile.ReadAllText(file.FullName) : null);
    }

    /// <summary>Whether the token is sent to an address: same scheme, host and port.</summary>
    internal bool IsOrigin(Uri uri) => Uri.Compare(uri, Address, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    internal Uri ListingUri(RepositoryName repository) =>
        new(Address, $"api/models/{repository.Name}/revision/{WebUtility.UrlEncode(repository.Revision)}?blobs=true");

    internal Uri FileUri(RepositoryName repository, string commit, string path) =>
        new(Address, $"{repository.Name}/resolve/{commit}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}");
}
