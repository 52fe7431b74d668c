namespace Qwen2Audio.Hub.Remote;

/// <summary>A failure that may pass: worth another attempt.</summary>
internal sealed class TransientException(string message, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How long the endpoint asks to wait.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
