namespace Qwen2Audio.Text.Chat;

/// <summary>A control token that the template wrote, or a stretch of ordinary text between two of them.</summary>
public readonly record struct ChatPiece(bool IsControl, string Text);
