namespace Qwen2Audio.Text.Chat;

/// <summary>A part of a turn: text, or a placeholder for a clip.</summary>
public abstract record ChatPart
{
    private protected ChatPart()
    {
    }
}

/// <summary>Text; control tokens in it are ordinary text.</summary>
public sealed record TextPart(string Text) : ChatPart;

/// <summary>The placeholder of a clip. Clips are passed to the model in the order of their placeholders in the conversation.</summary>
public record AudioPart : ChatPart;
