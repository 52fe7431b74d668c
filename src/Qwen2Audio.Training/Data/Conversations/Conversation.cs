using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Training.Data.Conversations;

/// <summary>A conversation to learn from, as a line of a file has it.</summary>
internal sealed record Conversation
{
    /// <summary>The file.</summary>
    public required string File { get; init; }

    /// <summary>Its line, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>Name that no other has; "" where the file gives none.</summary>
    public string Id { get; init; } = "";

    /// <summary>All turns; the last is the assistant's.</summary>
    public required IReadOnlyList<ChatTurn> Turns { get; init; }

    /// <summary>Files of the clips, in the order of their places in the turns.</summary>
    public IReadOnlyList<string> Clips { get; init; } = [];

    /// <summary>The assistant's turns from this one on are learned; those before belong to the prompt.</summary>
    public int FirstAnswer { get; init; }
}

/// <summary>Two endings of one conversation, of which one is preferred.</summary>
/// <param name="Chosen">With the better ending.</param>
/// <param name="Rejected">With the worse ending; file, line, id, prompt and clips are the same.</param>
internal sealed record ConversationPair(Conversation Chosen, Conversation Rejected);
