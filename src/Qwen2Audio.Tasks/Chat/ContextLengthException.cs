namespace Qwen2Audio.Tasks.Chat;

/// <summary>A conversation and its answer do not fit into the model's context; nothing is truncated.</summary>
public sealed class ContextLengthException : Exception
{
    /// <summary>Names the numbers of tokens.</summary>
    public ContextLengthException(int promptTokens, int newTokens, int contextLength)
        : base($"The conversation has {promptTokens} tokens and {newTokens} more are requested; the model's context holds {contextLength} in all. "
            + (promptTokens < contextLength ? $"Ask for at most {contextLength - promptTokens} (--max-tokens), or begin a new conversation (/new)." : "Begin a new conversation (/new), or send a shorter message.")) =>
        (PromptTokens, NewTokens, ContextLength) = (promptTokens, newTokens, contextLength);

    /// <summary>The conversation alone reaches a limit of the model's folder that is lower than the context.</summary>
    public ContextLengthException(int promptTokens, int maxLength)
        : base($"The conversation has {promptTokens} tokens; max_length of the model's generation_config.json is {maxLength}, including the answer. "
            + "Set the maximum tokens of the answer (--max-tokens), which replaces this limit, or begin a new conversation (/new).") =>
        (PromptTokens, NewTokens, ContextLength) = (promptTokens, 1, maxLength);

    /// <summary>Rows of the conversation.</summary>
    public int PromptTokens { get; }

    /// <summary>Tokens requested.</summary>
    public int NewTokens { get; }

    /// <summary>The model's context, or the folder's max_length.</summary>
    public int ContextLength { get; }
}
