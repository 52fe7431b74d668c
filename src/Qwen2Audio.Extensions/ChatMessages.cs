using Microsoft.Extensions.AI;
using Qwen2Audio.Audio;
using Qwen2Audio.Tasks;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Extensions;

/// <summary>Messages as turns.</summary>
internal static class ChatMessages
{
    private static readonly ChatRole[] Roles = [ChatRole.System, ChatRole.User, ChatRole.Assistant];

    /// <summary>The turns; <paramref name="instructions"/> stand in the first one, before what it says itself as the system's.</summary>
    /// <exception cref="ArgumentException">There is no message.</exception>
    /// <exception cref="NotSupportedException">A role or content that the models do not know.</exception>
    /// <exception cref="AudioFormatException">Data that is no usable audio.</exception>
    public static List<ChatTurn> Read(IEnumerable<ChatMessage> messages, string? instructions)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var turns = messages.Select(Turn).ToList();
        if (turns.Count == 0) throw new ArgumentException("There is no message to be answered.", nameof(messages));
        if (string.IsNullOrEmpty(instructions)) return turns;
        if (turns[0].Role != ChatRole.System.Value) turns.Insert(0, ChatTurn.System(instructions));
        else turns[0] = turns[0] with { Parts = [new TextPart(instructions + "\n"), .. turns[0].Parts] };
        return turns;
    }

    private static ChatTurn Turn(ChatMessage message)
    {
        if (!Roles.Contains(message.Role))
            throw new NotSupportedException($"A message of the role \"{message.Role.Value}\": {string.Join(", ", Roles.Select(role => role.Value))} are supported here.");
        return new ChatTurn(message.Role.Value, [.. message.Contents.Where(content => content is not UsageContent).Select(Part)]);
    }

    private static ChatPart Part(AIContent content)
    {
        switch (content)
        {
            case TextContent text: return new TextPart(text.Text);
            case DataContent data when data.HasTopLevelMediaType("audio"):
                using (var stream = new MemoryStream(data.Data.ToArray())) return new ClipPart(AudioFile.Read(stream));
            default: throw new NotSupportedException($"{content.GetType().Name}: texts and audio data are supported.");
        }
    }
}
