using Qwen2Audio.Formats;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Training.Data;

/// <summary>
/// Reads conversations, a JSON object a line. Messages are {"role": "system" | "user" | "assistant", "content": TEXT or a list of
/// {"type": "text", "text": …} and {"type": "audio", "audio_url": PATH}}; paths are relative to the file's folder. Fields beside those
/// named here are passed over, except within messages; "id" names a line.
/// </summary>
public static class ConversationFile
{
    /// <summary>
    /// Conversations: {"messages": […]}, of which all that the assistant says is learned, or {"prompt": …, "completion": …}, of which only
    /// the completion is. Prompt and completion are text (what the user and the assistant say) or lists of messages.
    /// </summary>
    /// <exception cref="ConfigException">The file cannot be read or a line is not in the form: names file, line, field, found and allowed.</exception>
    public static IReadOnlyList<Conversation> Read(string path)
    {
        var result = Lines(path, Conversation);
        return result.Count > 0 ? result : throw Empty(path);
    }

    /// <summary>
    /// Pairs: {"prompt": … (or "messages"), "chosen": …, "rejected": …}, where chosen and rejected are what the assistant says; without a
    /// prompt they are lists of messages that begin alike, and the prompt is what they share.
    /// </summary>
    /// <exception cref="ConfigException">The file cannot be read or a line is not in the form: names file, line, field, found and allowed.</exception>
    public static IReadOnlyList<ConversationPair> ReadPairs(string path)
    {
        var result = Lines(path, Pair);
        return result.Count > 0 ? result : throw Empty(path);
    }

    private static List<T> Lines<T>(string path, Func<ConfigObject, string, string, int, T> build)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return [.. JsonLines.ReadNumbered(path).Select(line => line.Object.Build(fields => build(fields, path, folder, line.Number)))];
    }

    private static Conversation Conversation(ConfigObject line, string file, string folder, int number)
    {
        Refuse(line, "tools", "functions");
        if (line.Has("chosen")) line.Refuse("chosen", "a preference pair", "conversations (pairs are for preference training)");
        var reader = new MessageReader(folder);
        var firstAnswer = 0;
        if (line.Has("messages"))
        {
            Refuse(line, "prompt", "completion");
            if (line.IsList("messages")) reader.Add(line, "messages", "");
            else line.Objects("messages");
        }
        else if (line.Has("prompt") || line.Has("completion"))
        {
            reader.Add(line, "prompt", "user");
            firstAnswer = reader.Turns.Count;
            reader.Add(line, "completion", "assistant");
        }
        else line.Refuse("messages", "nothing", "messages, or prompt and completion");
        CheckEnd(line, line.Has("messages") ? "messages" : "completion", reader.Turns, firstAnswer);
        return Of(line, file, number, reader, firstAnswer);
    }

    private static ConversationPair Pair(ConfigObject line, string file, string folder, int number)
    {
        Refuse(line, "tools", "functions", "completion");
        if (line.Has("prompt")) Refuse(line, "messages");
        var (chosen, rejected) = (new MessageReader(folder), new MessageReader(folder));
        var prompt = line.Has("prompt") ? "prompt" : line.Has("messages") ? "messages" : null;
        if (prompt is not null)
        {
            chosen.Add(line, prompt, "user");
            rejected.Turns.AddRange(chosen.Turns);
            rejected.Clips.AddRange(chosen.Clips);
        }
        else if (!line.IsList("chosen") || !line.IsList("rejected"))
            line.Refuse("prompt", "nothing", "a prompt, or chosen and rejected as lists of messages that begin alike");

        var shared = chosen.Turns.Count;
        chosen.Add(line, "chosen", "assistant");
        rejected.Add(line, "rejected", "assistant");
        if (prompt is null)
        {
            while (shared < Math.Min(chosen.Turns.Count, rejected.Turns.Count) - 1 && Same(chosen.Turns[shared], rejected.Turns[shared])) shared++;
            if (shared == 0) line.Refuse("rejected", "another beginning than that of chosen", "messages that begin as those of chosen do");
            if (!chosen.Clips.SequenceEqual(rejected.Clips)) line.Refuse("rejected", "other clips than those of chosen", "the same clips");
        }

        CheckEnd(line, "chosen", chosen.Turns, shared);
        CheckEnd(line, "rejected", rejected.Turns, shared);
        return new ConversationPair(Of(line, file, number, chosen, shared), Of(line, file, number, rejected, shared));
    }

    private static Conversation Of(ConfigObject line, string file, int number, MessageReader reader, int firstAnswer) => new()
    {
        File = file,
        Line = number,
        Id = line.Has("id") ? line.Element.GetProperty("id").ToString() : "",
        Turns = reader.Turns,
        Clips = reader.Clips,
        FirstAnswer = firstAnswer,
    };

    private static void CheckEnd(ConfigObject line, string name, List<ChatTurn> turns, int firstAnswer)
    {
        if (turns.Count > firstAnswer && turns[^1].Role != "assistant") line.Refuse(name, $"a last message of the {turns[^1].Role}", "a last message of the assistant");
    }

    // these would change what the model is shown
    private static void Refuse(ConfigObject line, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (line.Has(name)) line.Refuse(name, "a field that cannot be used with the others", "no such field");
    }

    private static bool Same(ChatTurn one, ChatTurn other) => one.Role == other.Role && one.Parts.SequenceEqual(other.Parts);

    private static ConfigException Empty(string path) => new(path, "content", "no line", "one JSON object a line");
}
