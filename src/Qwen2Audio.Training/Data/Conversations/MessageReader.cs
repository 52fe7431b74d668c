using System.Text.Json;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Training.Data.Conversations;

/// <summary>
/// Reads the messages of a line; problems are reported on the JSON objects. A clip is a part of a message, or
/// &lt;audio&gt;PATH&lt;/audio&gt; or &lt;audio&gt; in plain user text; one without a path takes the next clip of the line's list.
/// </summary>
internal sealed class MessageReader
{
    private const string Opening = "<audio>";
    private const string Closing = "</audio>";
    private static readonly string[] OtherMarks = ["<image>", "<video>", "<|AUDIO|>"]; // which other programs replace with media
    private static readonly string[] MessageFields = ["role", "content"];
    private static readonly string[] SpokenFields = ["from", "value"];
    private static readonly string[] PartFields = ["type", "text", "audio", "audio_url", "path"];
    private static readonly string[] PathFields = ["audio", "audio_url", "path"];
    private readonly string _folder;
    private readonly string? _listName;
    private readonly List<string> _list = [];
    private int _taken;

    /// <summary>A reader of a line, whose <c>audios</c> or <c>audio</c> (a path or a list of paths) lists the clips of placeholders without a path.</summary>
    public MessageReader(ConfigObject line, string folder)
    {
        _folder = folder;
        if (line.Has("audios") && line.Has("audio")) line.AddProblem("audio", "a second list of clips", "audios or audio");
        _listName = line.Has("audios") ? "audios" : line.Has("audio") ? "audio" : null;
        if (_listName is null) return;
        var paths = line.IsList(_listName) ? line.StringListOr(_listName, []) : [line.String(_listName)];
        foreach (var path in paths)
            if (Full(line, _listName, path) is { } full) _list.Add(full);
    }

    private MessageReader(MessageReader other)
    {
        (_folder, _listName, _list, _taken) = (other._folder, other._listName, other._list, other._taken);
        Turns.AddRange(other.Turns);
        Clips.AddRange(other.Clips);
    }

    /// <summary>The turns read so far.</summary>
    public List<ChatTurn> Turns { get; } = [];

    /// <summary>Files of their clips.</summary>
    public List<string> Clips { get; } = [];

    /// <summary>Marks in user texts that other programs replace with media; here they stay text.</summary>
    public SortedSet<string> Marks { get; private init; } = new(StringComparer.Ordinal);

    /// <summary>A copy that continues from here.</summary>
    public MessageReader Fork() => new(this) { Marks = Marks };

    /// <summary>Adds a field that is text (one turn of the given role), a message, or a non-empty list of messages.</summary>
    public void Add(ConfigObject line, string name, string role)
    {
        if (line.Element.TryGetProperty(name, out var element) && element.ValueKind == JsonValueKind.Object) Add(line.Object(name));
        else if (!line.IsList(name)) AddText(line, name, role, line.String(name));
        else
        {
            var messages = line.Objects(name);
            if (messages.Count == 0) line.AddProblem(name, "no message", "one or more");
            foreach (var message in messages) Add(message);
        }
    }

    /// <summary>Adds a turn of plain text.</summary>
    /// <param name="item">The object with the text.</param>
    /// <param name="name">The field.</param>
    public void AddText(ConfigObject item, string name, string role, string text)
    {
        if (role == "user") Marks.UnionWith(OtherMarks.Where(mark => text.Contains(mark, StringComparison.Ordinal)));
        // <audio> in an assistant's text stays text
        if (role != "user" || !text.Contains(Opening, StringComparison.Ordinal)) Turns.Add(new ChatTurn(role, text));
        else Turns.Add(new ChatTurn(role, [.. Tagged(item, name, text)]));
    }

    /// <summary>Records a problem when the number of listed clips differs from the number of audio placeholders.</summary>
    public void CheckCount(ConfigObject line)
    {
        if (_taken != _list.Count)
            line.AddProblem(_listName ?? "audios", _list.Count switch { 0 => "nothing", 1 => "1 clip", var count => $"{count} clips" }, $"{_taken}, one for each {Opening} in plain text of the user and each part without a path (in the text of a part {Opening} stays text)");
    }

    private void Add(ConfigObject message)
    {
        var isSpoken = message.Has("from") || message.Has("value");
        Unknown(message, isSpoken ? SpokenFields : MessageFields);
        if (isSpoken)
        {
            var from = message.String("from", "human", "gpt", "system", "user", "assistant");
            AddText(message, "value", from == "human" ? "user" : from == "gpt" ? "assistant" : from, message.String("value"));
            return;
        }

        var role = message.String("role", "system", "user", "assistant");
        if (!message.IsList("content"))
        {
            AddText(message, "content", role, message.String("content"));
            return;
        }

        var parts = message.Objects("content");
        if (parts.Count == 0) message.AddProblem("content", "no part", "one or more");
        Turns.Add(new ChatTurn(role, [.. parts.Select(part => Part(part, role))]));
    }

    private IEnumerable<ChatPart> Tagged(ConfigObject item, string name, string text)
    {
        while (text.IndexOf(Opening, StringComparison.Ordinal) is >= 0 and var at)
        {
            if (at > 0) yield return new TextPart(text[..at]);
            text = text[(at + Opening.Length)..];
            var (end, next) = (text.IndexOf(Closing, StringComparison.Ordinal), text.IndexOf(Opening, StringComparison.Ordinal));
            if (end < 0 || (next >= 0 && next < end)) Take();
            else
            {
                if (Full(item, name, text[..end]) is { } path) Clips.Add(path);
                text = text[(end + Closing.Length)..];
            }

            yield return new AudioPart();
        }

        if (text.Length > 0) yield return new TextPart(text);
    }

    private ChatPart Part(ConfigObject part, string role)
    {
        Unknown(part, PartFields);
        var isText = part.StringOr("type", part.Has("text") ? "text" : "audio", "text", "audio") == "text";
        var paths = PathFields.Where(part.Has).ToList();
        var wrong = isText ? paths.FirstOrDefault() : part.Has("text") ? "text" : paths.Skip(1).FirstOrDefault();
        var field = isText ? "text" : paths.FirstOrDefault() ?? "audio_url";
        if (wrong is not null) part.AddProblem(wrong, "a second content", $"only {field}, as the part is one of {(isText ? "text" : "audio")}");
        if (isText) return new TextPart(part.String("text"));
        if (role != "user") part.AddProblem(field, $"audio in a message of the {role}", "audio in messages of the user");
        if (paths.Count == 0 && _listName is not null) Take();
        else if (part.String(field) is var value && part.Has(field) && Full(part, field, value) is { } path) Clips.Add(path);
        return new AudioPart();
    }

    private void Take()
    {
        if (_taken < _list.Count) Clips.Add(_list[_taken]);
        _taken++;
    }

    private string? Full(ConfigObject item, string field, string value)
    {
        if (value.Contains("://", StringComparison.Ordinal) || value.StartsWith("data:", StringComparison.Ordinal)) item.AddProblem(field, "an address", "the path of an audio file");
        else if (value.Length == 0 || value.Contains('\0', StringComparison.Ordinal)) item.AddProblem(field, "no path", "the path of an audio file");
        else return Path.GetFullPath(value, _folder);
        return null;
    }

    private static void Unknown(ConfigObject item, string[] known)
    {
        foreach (var name in item.Names.Where(name => !known.Contains(name)))
            item.AddProblem(name, "a field that is not known here", string.Join(", ", known));
    }
}
