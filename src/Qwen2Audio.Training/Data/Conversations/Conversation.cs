using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Training.Data.Conversations;

/// <summary>A training conversation, as a line of a file describes it.</summary>
internal sealed record Conversation
{
    /// <summary>The file.</summary>
    public required string File { get; init; }

    /// <summary>Its line, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>A unique name; empty if the file has none.</summary>
    public string Id { get; init; } = "";

    /// <summary>All turns; the last is the assistant's.</summary>
    public required IReadOnlyList<ChatTurn> Turns { get; init; }

    /// <summary>Files of the clips, in the order of their placeholders.</summary>
    public IReadOnlyList<string> Clips { get; init; } = [];

    /// <summary>Index of the first turn that is learned, if it is the assistant's; earlier turns are the prompt.</summary>
    public int FirstAnswer { get; init; }
}

/// <summary>Two endings of one conversation, one of them preferred.</summary>
/// <param name="Chosen">With the preferred ending.</param>
/// <param name="Rejected">With the other ending; file, line, id, prompt and clips are the same.</param>
internal sealed record ConversationPair(Conversation Chosen, Conversation Rejected);
