using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Prompts;

/// <summary>Choices for tasks that are put to a Qwen2-Audio model as prompts.</summary>
public sealed record PromptOptions
{
    /// <summary>The language that is spoken, for the prompt: its code or name, such as "en", "English" or "en-US"; "auto" or null: the model tells it.</summary>
    public string? Language { get; init; } = "en";

    /// <summary>What the model is asked about each piece of audio, as a person's turn; null: the prompt that it was trained with for the task.</summary>
    public string? Prompt { get; init; }

    /// <summary>How turns are written, whatever template the folder carries; null: as the folder's. It counts when the model is loaded.</summary>
    public ChatTemplate? Template { get; init; }

    /// <summary>Longest piece in seconds; longer audio is split at pauses. The model's own limit applies beside it.</summary>
    public double MaxPieceSeconds { get; init; } = 30;

    /// <summary>Tokens of a piece's text at most; null: 16 and 12 a second, which is more than anyone says.</summary>
    public int? MaxNewTokens { get; init; }
}
