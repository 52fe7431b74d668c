namespace Qwen2Audio.Text.Chat;

/// <summary>A control token that the template wrote, or a stretch of ordinary text between two of them.</summary>
public readonly record struct ChatPiece(bool IsControl, string Text)
{
    /// <summary>What the assistant says, or the end of its turn, in a conversation that is written to be learned from.</summary>
    public bool IsAnswer { get; init; }
}
