namespace Qwen2Audio.Tasks.Chat;

/// <summary>A conversation and its answer do not fit into the model's context; nothing is cut.</summary>
public sealed class ContextLengthException : Exception
{
    /// <summary>Names the counts.</summary>
    public ContextLengthException(int promptTokens, int newTokens, int contextLength)
        : base($"The conversation has {promptTokens} tokens and {newTokens} more are asked for; the model's context holds {contextLength} together. "
            + (promptTokens < contextLength ? $"Ask for at most {contextLength - promptTokens} (--max-tokens), or begin a new conversation (/new)." : "Begin a new conversation (/new), or say less at once.")) =>
        (PromptTokens, NewTokens, ContextLength) = (promptTokens, newTokens, contextLength);

    /// <summary>The conversation alone reaches a limit that the model's folder sets, which is below the context.</summary>
    public ContextLengthException(int promptTokens, int maxLength)
        : base($"The conversation has {promptTokens} tokens; max_length of the model's generation_config.json is {maxLength}, the answer included. "
            + "Say how many tokens the answer may have (--max-tokens), which counts instead, or begin a new conversation (/new).") =>
        (PromptTokens, NewTokens, ContextLength) = (promptTokens, 1, maxLength);

    /// <summary>Rows of the conversation.</summary>
    public int PromptTokens { get; }

    /// <summary>Tokens that were asked for.</summary>
    public int NewTokens { get; }

    /// <summary>What the model holds, or its folder allows.</summary>
    public int ContextLength { get; }
}
