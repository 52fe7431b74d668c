using Qwen2Audio.Audio;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Extensions;

/// <summary>Converts messages to turns.</summary>
internal static class ChatMessages
{
    private static readonly ChatRole[] Roles = [ChatRole.System, ChatRole.User, ChatRole.Assistant];

    /// <summary>Reads the turns; <paramref name="instructions"/> precede the system message.</summary>
    /// <exception cref="ArgumentException">There is no message.</exception>
    /// <exception cref="NotSupportedException">The models do not support a role or content.</exception>
    /// <exception cref="AudioFormatException">Data is not usable audio.</exception>
    public static async Task<List<ChatTurn>> ReadAsync(
        IEnumerable<ChatMessage> messages, string? instructions, AudioReadOptions? limits, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var turns = new List<ChatTurn>();
        foreach (var message in messages) turns.Add(await TurnAsync(message, limits, cancellation).ConfigureAwait(false));
        if (turns.Count == 0) throw new ArgumentException("There is no message to answer.", nameof(messages));
        if (string.IsNullOrEmpty(instructions)) return turns;
        if (turns[0].Role != ChatRole.System.Value) turns.Insert(0, ChatTurn.System(instructions));
        else turns[0] = turns[0] with { Parts = [new TextPart(instructions + "\n"), .. turns[0].Parts] };
        return turns;
    }

    private static async Task<ChatTurn> TurnAsync(ChatMessage message, AudioReadOptions? limits, CancellationToken cancellation)
    {
        if (!Roles.Contains(message.Role))
            throw new NotSupportedException($"A message has the role \"{message.Role.Value}\"; allowed: {string.Join(", ", Roles.Select(role => role.Value))}.");
        var parts = new List<ChatPart>();
        foreach (var content in message.Contents.Where(content => content is not UsageContent))
        {
            parts.Add(content switch
            {
                TextContent text => new TextPart(text.Text),
                DataContent data when data.HasTopLevelMediaType("audio") => new ClipPart(
                    await AudioFile.ReadMonoAsync(new MemoryStream(data.Data.ToArray()), options: limits, cancellation: cancellation).ConfigureAwait(false)),
                DataContent data => throw new NotSupportedException($"Data of type {data.MediaType}; allowed: text and audio data."),
                _ => throw new NotSupportedException($"{content.GetType().Name}; allowed: text and audio data."),
            });
        }

        return new ChatTurn(message.Role.Value, parts);
    }
}
