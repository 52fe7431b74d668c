using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Training.Data.Conversations;

/// <summary>
/// Reads conversations: one JSON object per line, or one array of objects. Messages are {"role": "system" | "user" | "assistant", "content":
/// TEXT or a list of {"type": "text", "text": …} and {"type": "audio", "audio_url": PATH}}, or ShareGPT's {"from": "human" | "gpt" |
/// "system", "value": TEXT}. Clips may also be in a separate list <c>audios</c>, with &lt;audio&gt; at each clip's place in the user's text,
/// or in the text as &lt;audio&gt;PATH&lt;/audio&gt;. Paths are relative to the file's folder; "system" is a first message, "id" names a line.
/// </summary>
internal static class ConversationFile
{
    /// <summary>
    /// Reads conversations: {"messages": […]} or {"conversations": […]}, or Alpaca's {"instruction": …, "input": …, "output": …} or {"query": …,
    /// "response": …}, both with an optional <c>history</c> of pairs; all assistant texts are learned. For {"prompt": …, "completion": …} only
    /// the completion is learned. Prompt and completion are text (of the user and the assistant) or lists of messages.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="warnings">Receives the names of unused fields.</param>
    /// <exception cref="ConfigException">The file cannot be read, or a line has the wrong form: names file, line, field, value found and values allowed.</exception>
    public static IReadOnlyList<Conversation> Read(string path, ICollection<string>? warnings = null) => Lines(path, Conversation, warnings);

    /// <summary>
    /// Reads pairs: {"prompt": … (or "messages", "conversations"), "chosen": …, "rejected": …}, where chosen and rejected are the assistant's
    /// part: text, a message or a list. Without a prompt they are lists of messages with a common beginning, which is the prompt.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="warnings">Receives the names of unused fields.</param>
    /// <exception cref="ConfigException">The file cannot be read, or a line has the wrong form: names file, line, field, value found and values allowed.</exception>
    public static IReadOnlyList<ConversationPair> ReadPairs(string path, ICollection<string>? warnings = null) => Lines(path, Pair, warnings);

    private static List<T> Lines<T>(string path, Func<ConfigObject, ConversationFields, Conversation, T> build, ICollection<string>? warnings)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var unused = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var marks = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var result = JsonLines.ReadNumbered(path).Select(line => line.Object.Build(item =>
        {
            var fields = new ConversationFields(item, folder);
            var built = build(item, fields, new Conversation { File = path, Line = line.Number, Id = Id(item), Turns = [] });
            foreach (var name in fields.Unused) unused[name] = unused.GetValueOrDefault(name) + 1;
            foreach (var mark in fields.Marks) marks[mark] = marks.GetValueOrDefault(mark) + 1;
            return built;
        })).ToList();
        if (result.Count == 0) throw new ConfigException(path, "content", "no line", "one JSON object a line, or an array of objects");
        if (unused.Count > 0) warnings?.Add($"{path}: these fields are not used: {string.Join(", ", unused.Select(field => $"{field.Key} ({field.Value} of {result.Count} lines)"))}");
        if (marks.Count > 0) warnings?.Add($"{path}: texts hold {string.Join(", ", marks.Select(mark => $"{mark.Key} ({mark.Value} of {result.Count} lines)"))}, which is learned as text: only <audio> stands for a clip, and there are no images");
        return result;
    }

    private static Conversation Conversation(ConfigObject line, ConversationFields fields, Conversation place)
    {
        if (fields.Take("chosen")) line.AddProblem("chosen", "a preference pair", "conversations (pairs are for preference training)");
        var reader = fields.Reader();
        var firstAnswer = 0;
        var last = fields.Messages();
        if (last is not null)
        {
            if (line.IsList(last)) reader.Add(line, last, "");
            else line.Objects(last);
        }
        else if (fields.Any("prompt", "completion"))
        {
            last = "completion";
            reader.Add(line, "prompt", "user");
            firstAnswer = reader.Turns.Count;
            reader.Add(line, last, "assistant");
        }
        else if (fields.Any("instruction", "output"))
        {
            last = "output";
            fields.History(reader);
            var input = fields.Take("input") ? line.String("input") : "";
            reader.AddText(line, "instruction", "user", string.Join('\n', new[] { line.String("instruction"), input }.Where(text => text.Length > 0)));
            reader.AddText(line, last, "assistant", line.String(last));
        }
        else if (fields.Any("query", "response"))
        {
            last = "response";
            fields.History(reader);
            reader.AddText(line, "query", "user", line.String("query"));
            reader.AddText(line, last, "assistant", line.String(last));
        }
        else line.AddProblem("messages", "nothing", "messages, or prompt and completion, conversations, instruction and output, query and response");

        fields.RefuseRest();
        reader.CheckCount(line);
        return End(line, last ?? "messages", place, reader, firstAnswer);
    }

    private static ConversationPair Pair(ConfigObject line, ConversationFields fields, Conversation place)
    {
        var chosen = fields.Reader();
        var prompt = fields.Take("prompt") ? "prompt" : fields.Messages();
        if (prompt is not null) chosen.Add(line, prompt, "user");
        else if (!line.IsList("chosen") || !line.IsList("rejected"))
            line.AddProblem("prompt", "nothing", "a prompt, or chosen and rejected as lists of messages that begin alike");

        fields.Any("chosen", "rejected");
        fields.RefuseRest();
        var rejected = chosen.Fork();
        var known = chosen.Turns.Count;
        var shared = known;
        chosen.Add(line, "chosen", "assistant");
        rejected.Add(line, "rejected", "assistant");
        if (prompt is null)
        {
            while (shared < Math.Min(chosen.Turns.Count, rejected.Turns.Count) - 1 && Same(chosen.Turns[shared], rejected.Turns[shared])) shared++;
            if (shared == known) line.AddProblem("rejected", "another beginning than that of chosen", "messages that begin as those of chosen do");
            if (!chosen.Clips.SequenceEqual(rejected.Clips)) line.AddProblem("rejected", "other clips than those of chosen", "the same clips");
        }

        chosen.CheckCount(line);
        return new ConversationPair(End(line, "chosen", place, chosen, shared), End(line, "rejected", place, rejected, shared));
    }

    private static Conversation End(ConfigObject line, string name, Conversation place, MessageReader reader, int firstAnswer)
    {
        var turns = reader.Turns;
        if (line.Has("system") && turns.Skip(1).Any(turn => turn.Role == "system")) line.AddProblem("system", "a system text beside a message of the system", "one of them");
        if (turns.Count > firstAnswer && turns[^1].Role != "assistant") line.AddProblem(name, $"a last message of the {turns[^1].Role}", "a last message of the assistant");
        return place with { Turns = turns, Clips = reader.Clips, FirstAnswer = firstAnswer };
    }

    private static string Id(ConfigObject line) => line.Has("id") ? line.Element.GetProperty("id").ToString() : "";

    private static bool Same(ChatTurn one, ChatTurn other) => one.Role == other.Role && one.Parts.SequenceEqual(other.Parts);
}
