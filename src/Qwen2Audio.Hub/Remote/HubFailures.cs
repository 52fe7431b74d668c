namespace Qwen2Audio.Hub.Remote;

/// <summary>Turns error responses into messages for the user.</summary>
internal static class HubFailures
{
    private const string TokenHelp = "give it in HF_TOKEN, or in the token file that 'hf auth login' writes";

    /// <param name="answer">The response.</param>
    /// <param name="endpoint">The server.</param>
    /// <param name="repository">The repository requested.</param>
    /// <param name="path">The file; null if the repository itself was requested.</param>
    /// <exception cref="TransientException">The error may be temporary.</exception>
    /// <exception cref="HubException">The error is permanent.</exception>
    public static void ThrowIfFailed(HubResponse answer, HubEndpoint endpoint, RepositoryName repository, string? path)
    {
        if (answer.Response.IsSuccessStatusCode) return;
        var status = (int)answer.Status;
        var host = answer.Response.RequestMessage?.RequestUri?.Host ?? endpoint.Address.Host;
        if (status is 408 or 429 or >= 500) throw new TransientException($"{host} responded with {status}", RetryAfter(answer));
        var own = answer.Response.RequestMessage?.RequestUri is not { } uri || endpoint.IsOrigin(uri);
        if (!own && status is 401 or 403) throw new TransientException($"{host} responded with {status}: the link to the file may have expired");
        throw (status, answer.Header("X-Error-Code")) switch
        {
            (_, "GatedRepo") => Access($"{repository.Name} is gated. Accept its terms with your account at {endpoint.Address}{repository.Name}, then "
                + (endpoint.HasToken ? "use a token of that account; the token that was sent has no access." : $"create a token for that account and {TokenHelp}.")),
            (_, "RepoNotFound") => Missing($"{endpoint.Address} has no model {repository.Name}, or it is private"
                + (endpoint.HasToken ? " and the token has no access." : $"; a private one needs a token: {TokenHelp}.")),
            (_, "RevisionNotFound") => Missing($"{repository.Name} has no revision \"{repository.Revision}\"."),
            (401, _) when endpoint.HasToken => Access($"{host} does not accept the access token for {repository.Name}; create a new one and {TokenHelp}."),
            (401, _) => Access($"{repository.Name} needs an access token, or there is no such model: {TokenHelp}. If the model is gated, accept its terms at {endpoint.Address}{repository.Name} first."),
            (403, _) => Access($"{host} does not allow access to {repository.Name}"
                + (endpoint.HasToken ? " with this token" : $" without a token: {TokenHelp}") + $". If the model is gated, accept its terms at {endpoint.Address}{repository.Name}."),
            (404, _) when path is not null => Missing($"{repository} has no file {path}, although the endpoint lists it."),
            (404, _) => Missing($"{endpoint.Address} has no model {repository.Name} with a revision \"{repository.Revision}\"."),
            _ => new HubException(HubFault.InvalidResponse, $"{host} responded with {status} ({answer.Response.ReasonPhrase}) for {path ?? repository.ToString()}."),
        };
    }

    private static HubException Access(string message) => new(HubFault.Access, message);

    private static HubException Missing(string message) => new(HubFault.NotFound, message);

    private static TimeSpan? RetryAfter(HubResponse answer) => answer.Response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > DateTimeOffset.UtcNow => date - DateTimeOffset.UtcNow,
        _ => null,
    };
}
