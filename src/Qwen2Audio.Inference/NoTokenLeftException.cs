namespace Qwen2Audio.Inference;

/// <summary>The generation settings (suppressed tokens, bad words, n-gram block) rule out every token.</summary>
public sealed class NoTokenLeftException : Exception
{
    /// <summary>Creates the error for a text of <paramref name="generated"/> tokens.</summary>
    public NoTokenLeftException(int generated)
        : this($"No token is allowed after {generated} tokens: suppressed tokens, bad words or the n-gram block (generation_config.json, options) exclude all of them.")
    {
    }

    /// <summary>Needed by tools.</summary>
    public NoTokenLeftException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>Needed by tools.</summary>
    public NoTokenLeftException()
        : this(0)
    {
    }
}
