namespace Qwen2Audio.Inference;

/// <summary>What was asked for, such as suppressed tokens, bad words or an n-gram block, leaves no token that may follow.</summary>
public sealed class NoTokenLeftException : Exception
{
    /// <summary>Says after how many tokens of a text.</summary>
    public NoTokenLeftException(int made)
        : this($"After {made} tokens no token may follow: suppressed tokens, bad words or an n-gram block (generation_config.json, options) leave none.")
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
