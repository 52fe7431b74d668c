using System.Text.Json;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Training.Data.Conversations;

/// <summary>The fields of a line: those that are read, those that would change what is learned, and those that can be ignored.</summary>
internal sealed class ConversationFields(ConfigObject line, string folder)
{
    // what other frameworks show to the model or learn, and the texts of other forms
    private static readonly string[] Content =
    [
        "messages", "conversations", "conversation", "prompt", "completion", "instruction", "input", "output", "query", "response", "history", "chosen", "rejected",
        "images", "image", "videos", "video", "objects", "tools", "functions", "rejected_response", "rejected_messages", "rejected_images", "kto_tag",
    ];

    private readonly HashSet<string> _taken = ["id", "audios", "audio", "system"];

    /// <summary>Fields with content that are unused and do not change what is learned.</summary>
    public IEnumerable<string> Unused => line.Names.Where(name => !_taken.Contains(name) && !Content.Contains(name) && Holds(name));

    /// <summary>Marks in the texts that other programs replace with media.</summary>
    public IReadOnlyCollection<string> Marks { get; private set; } = [];

    /// <summary>A reader that begins with the system text, if there is one.</summary>
    public MessageReader Reader()
    {
        var reader = new MessageReader(line, folder);
        Marks = reader.Marks;
        if (line.StringOr("system", "") is { Length: > 0 } text) reader.Turns.Add(new ChatTurn("system", text));
        return reader;
    }

    /// <summary>Whether a field exists; marks it as read.</summary>
    public bool Take(string name) => line.Has(name) && _taken.Add(name);

    /// <summary>Whether any of these fields exists; marks all of them as read.</summary>
    public bool Any(params IReadOnlyList<string> names)
    {
        if (!names.Any(line.Has)) return false;
        _taken.UnionWith(names);
        return true;
    }

    /// <summary>Name of the field with messages; null when there is none.</summary>
    public string? Messages() => Take("messages") ? "messages" : Take("conversations") ? "conversations" : null;

    /// <summary>Adds the turns of <c>history</c>: pairs of user and assistant texts.</summary>
    public void History(MessageReader reader)
    {
        if (!Take("history")) return;
        var list = line.Element.GetProperty("history");
        if (list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(IsPair))
        {
            foreach (var pair in list.EnumerateArray())
            {
                reader.AddText(line, "history", "user", pair[0].GetString()!);
                reader.AddText(line, "history", "assistant", pair[1].GetString()!);
            }
        }
        else line.AddProblem("history", "something else", "a list of pairs of texts: what the user and the assistant said");
    }

    /// <summary>Rejects fields with content that were not read and would change what is learned.</summary>
    public void RefuseRest()
    {
        foreach (var name in line.Names.Where(name => Content.Contains(name) && !_taken.Contains(name) && Holds(name)))
            line.AddProblem(name, "a field that cannot be used with the others", "no such field");
    }

    private static bool IsPair(JsonElement pair) => pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2
        && pair[0].ValueKind == JsonValueKind.String && pair[1].ValueKind == JsonValueKind.String;

    private bool Holds(string name) => Holds(line.Element.GetProperty(name));

    private static bool Holds(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => false,
        JsonValueKind.String => !string.IsNullOrWhiteSpace(value.GetString()),
        JsonValueKind.Array => value.EnumerateArray().Any(Holds),
        JsonValueKind.Object => value.EnumerateObject().Any(),
        _ => true,
    };
}
