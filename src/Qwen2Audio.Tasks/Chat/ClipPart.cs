using Qwen2Audio.Audio;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Chat;

/// <summary>A clip within a turn.</summary>
/// <param name="Clip">The clip.</param>
public sealed record ClipPart(AudioClip Clip) : AudioPart
{
    /// <summary>The clips of a conversation: those of its parts, and <paramref name="others"/> in order for placeholders without a clip.</summary>
    /// <exception cref="ArgumentException">The number of other clips differs from the number of placeholders without a clip of their own.</exception>
    internal static IReadOnlyList<AudioClip> Clips(IReadOnlyList<ChatTurn> turns, IReadOnlyList<AudioClip>? others)
    {
        var places = turns.SelectMany(turn => turn.Parts).OfType<AudioPart>().ToList();
        if (!places.Exists(place => place is ClipPart)) return others ?? [];
        var rest = new Queue<AudioClip>(others ?? []);
        var empty = places.Count(place => place is not ClipPart);
        return rest.Count == empty ? [.. places.Select(place => place is ClipPart own ? own.Clip : rest.Dequeue())]
            : throw new ArgumentException($"{rest.Count} clips for {empty} placeholders without a clip.", nameof(others));
    }

    /// <summary>Number of clips before the last answer, whose warnings were reported with that answer.</summary>
    internal static int CountAnswered(IReadOnlyList<ChatTurn> turns)
    {
        var last = turns.ToList().FindLastIndex(turn => turn.Role == "assistant");
        return turns.Take(last + 1).SelectMany(turn => turn.Parts).OfType<AudioPart>().Count();
    }
}
