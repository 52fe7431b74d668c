using Qwen2Audio.Audio;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Chat;

/// <summary>A conversation whose last turn is to be answered.</summary>
/// <param name="Turns">The turns.</param>
/// <param name="Clips">The clips, in the order of their placeholders.</param>
public sealed record ChatConversation(IReadOnlyList<ChatTurn> Turns, IReadOnlyList<AudioClip> Clips)
{
    /// <summary>A conversation without clips.</summary>
    public ChatConversation(params IReadOnlyList<ChatTurn> turns)
        : this(turns, [])
    {
    }
}
