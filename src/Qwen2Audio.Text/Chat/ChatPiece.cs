namespace Qwen2Audio.Text.Chat;

/// <summary>A control token written by the template, or ordinary text between two of them.</summary>
internal readonly record struct ChatPiece(bool IsControl, string Text)
{
    /// <summary>Whether this is the assistant's text or the end of its turn, in a conversation for training.</summary>
    public bool IsAnswer { get; init; }
}
