namespace Qwen2Audio.Hub.Remote;

/// <summary>A failure that may be temporary, so that retrying is worthwhile.</summary>
internal sealed class TransientException(string message, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How long the endpoint asks clients to wait.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
