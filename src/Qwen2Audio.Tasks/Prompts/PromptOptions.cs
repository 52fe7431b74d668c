using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Prompts;

/// <summary>Options for tasks that prompt a Qwen2-Audio model.</summary>
public sealed record PromptOptions
{
    /// <summary>The spoken language, for the prompt: a code or name, such as "en", "English" or "en-US"; "auto" or null: detected by the model.</summary>
    public string? Language { get; init; } = "en";

    /// <summary>The user's question about each piece of audio; null: the prompt that the model was trained with for the task.</summary>
    public string? Prompt { get; init; }

    /// <summary>The chat template; null: the folder's. Used when the model is loaded.</summary>
    public ChatTemplate? Template { get; init; }

    /// <summary>Maximum piece length in seconds; longer audio is split at pauses. The model's own limit applies as well.</summary>
    public double MaxPieceSeconds { get; init; } = 30;

    /// <summary>Maximum tokens of a piece's text; null: 16 plus 12 per second, which is faster than speech.</summary>
    public int? MaxNewTokens { get; init; }
}
