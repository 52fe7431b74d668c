namespace Qwen2Audio.Text.Chat;

/// <summary>A turn of a conversation: its role ("system", "user", "assistant" or another that the model knows) and its parts in order.</summary>
public sealed record ChatTurn(string Role, IReadOnlyList<ChatPart> Parts)
{
    /// <summary>A turn with only text.</summary>
    public ChatTurn(string role, string text)
        : this(role, [new TextPart(text)])
    {
    }

    /// <summary>Instructions to the model.</summary>
    public static ChatTurn System(string text) => new("system", text);

    /// <summary>A turn of the user.</summary>
    public static ChatTurn User(params IReadOnlyList<ChatPart> parts) => new("user", parts);

    /// <summary>A turn of the user with only text.</summary>
    public static ChatTurn User(string text) => new("user", text);

    /// <summary>An answer of the model.</summary>
    public static ChatTurn Assistant(string text) => new("assistant", text);
}
