namespace Qwen2Audio.Text.Chat;

/// <summary>What one side says: its role ("system", "user", "assistant" or another that the model knows) and its parts in order.</summary>
public sealed record ChatTurn(string Role, IReadOnlyList<ChatPart> Parts)
{
    /// <summary>A turn of text alone.</summary>
    public ChatTurn(string role, string text)
        : this(role, [new TextPart(text)])
    {
    }

    /// <summary>Instructions to the model.</summary>
    public static ChatTurn System(string text) => new("system", text);

    /// <summary>What a person says.</summary>
    public static ChatTurn User(params IReadOnlyList<ChatPart> parts) => new("user", parts);

    /// <summary>What a person says, text alone.</summary>
    public static ChatTurn User(string text) => new("user", text);

    /// <summary>What the model has answered.</summary>
    public static ChatTurn Assistant(string text) => new("assistant", text);
}
