using Qwen2Audio.Formats;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Training.Data;

/// <summary>Reads lists of messages; problems are noted in the objects that they are read from.</summary>
internal sealed class MessageReader(string folder)
{
    private static readonly string[] MessageFields = ["role", "content"];
    private static readonly string[] PartFields = ["type", "text", "audio", "audio_url"];

    /// <summary>Turns that were read.</summary>
    public List<ChatTurn> Turns { get; } = [];

    /// <summary>Files of the clips in them.</summary>
    public List<string> Clips { get; } = [];

    /// <summary>Adds a field that is text (one turn of the given role) or a list of messages, of which there must be some.</summary>
    public void Add(ConfigObject line, string name, string role)
    {
        if (!line.IsList(name))
        {
            Turns.Add(new ChatTurn(role, line.String(name)));
            return;
        }

        var messages = line.Objects(name);
        if (messages.Count == 0) line.Refuse(name, "no message", "one or more");
        foreach (var message in messages) Add(message);
    }

    private void Add(ConfigObject message)
    {
        Unknown(message, MessageFields);
        var role = message.String("role", "system", "user", "assistant");
        if (!message.IsList("content"))
        {
            Turns.Add(new ChatTurn(role, message.String("content")));
            return;
        }

        var parts = message.Objects("content");
        if (parts.Count == 0) message.Refuse("content", "no part", "one or more");
        Turns.Add(new ChatTurn(role, [.. parts.Select(part => Part(part, role))]));
    }

    private ChatPart Part(ConfigObject part, string role)
    {
        Unknown(part, PartFields);
        var isText = part.StringOr("type", part.Has("text") ? "text" : "audio", "text", "audio") == "text";
        var (field, wrong) = isText ? ("text", part.Has("audio") ? "audio" : part.Has("audio_url") ? "audio_url" : null)
            : (part.Has("audio") ? "audio" : "audio_url", part.Has("text") ? "text" : part.Has("audio") && part.Has("audio_url") ? "audio_url" : null);
        if (wrong is not null) part.Refuse(wrong, "a second content", $"only {field}, as the part is one of {(isText ? "text" : "audio")}");
        var value = part.String(field);
        if (isText) return new TextPart(value);
        if (role != "user") part.Refuse(field, $"audio in a message of the {role}", "audio in messages of the user");
        if (value.Contains("://", StringComparison.Ordinal) || value.StartsWith("data:", StringComparison.Ordinal))
            part.Refuse(field, "an address", "the path of an audio file");
        else if (value.Length == 0 || value.Contains('\0', StringComparison.Ordinal)) part.Refuse(field, "no path", "the path of an audio file");
        else Clips.Add(Path.GetFullPath(value, folder));
        return new AudioPart();
    }

    private static void Unknown(ConfigObject item, string[] known)
    {
        foreach (var name in item.Names.Where(name => !known.Contains(name)))
            item.Refuse(name, "a field that is not known here", string.Join(", ", known));
    }
}
