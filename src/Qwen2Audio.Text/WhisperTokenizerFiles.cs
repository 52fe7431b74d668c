using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Qwen2Audio.Text;

/// <summary>
/// Reads Whisper's tokenizer from a folder in a published form: <c>vocab.json</c> and <c>merges.txt</c>, or <c>tokenizer.json</c>; with
/// added tokens from whichever of <c>added_tokens.json</c>, <c>tokenizer.json</c> and <c>tokenizer_config.json</c> there are.
/// </summary>
public static class WhisperTokenizerFiles
{
    private const string NoTimestamps = "<|notimestamps|>";
    private const int Timestamps = 1501; // 0.00 to 30.00

    /// <summary>Reads a folder. Every token written <c>&lt;|…|&gt;</c> is a control token; older folders leave out the timestamps, which follow the last of them.</summary>
    /// <exception cref="TokenizerFileException">A file is missing or not in the expected form, or two of them disagree.</exception>
    public static BytePairTokenizer Load(string folder)
    {
        var added = new Dictionary<string, int>(StringComparer.Ordinal);
        string At(string name) => Path.Combine(folder, name);
        var (vocabPath, mergesPath, wholePath) = (At("vocab.json"), At("merges.txt"), At("tokenizer.json"));
        using var whole = File.Exists(wholePath) ? TokenIdFile.ParseJson(TokenizerText.Read(wholePath), wholePath) : null;
        Dictionary<string, int> ids;
        string merges;
        if (whole is not null && !(File.Exists(vocabPath) && File.Exists(mergesPath)))
        {
            var model = Member(whole.RootElement, "model", JsonValueKind.Object, wholePath);
            ids = TokenIdFile.Parse(Member(model, "vocab", JsonValueKind.Object, wholePath).GetRawText(), wholePath);
            (merges, mergesPath) = (Merges(Member(model, "merges", JsonValueKind.Array, wholePath), wholePath), wholePath);
        }
        else
        {
            ids = TokenIdFile.Parse(TokenizerText.Read(vocabPath), vocabPath);
            merges = TokenizerText.Read(mergesPath);
        }

        foreach (var token in ids.Keys.Where(IsControl).ToList())
        {
            added.Add(token, ids[token]);
            ids.Remove(token);
        }

        if (File.Exists(At("added_tokens.json"))) Unite(added, ids, TokenIdFile.Parse(TokenizerText.Read(At("added_tokens.json")), At("added_tokens.json")), At("added_tokens.json"));
        if (whole is not null) Unite(added, ids, AddedTokens(whole.RootElement, wholePath), wholePath);
        var configPath = At("tokenizer_config.json");
        using var config = File.Exists(configPath) ? TokenIdFile.ParseJson(TokenizerText.Read(configPath), configPath) : null;
        if (config is not null) Unite(added, ids, DecoderTokens(config.RootElement, configPath), configPath);
        AddTimestamps(added);
        var list = BytePairVocabulary.ParseMerges(merges, mergesPath, ids);
        try
        {
            return new BytePairTokenizer(new BytePairVocabulary(ids, list.Merges, list.Ids), new TokenizerOptions
            {
                ControlTokens = added,
                Splitter = Gpt2Splitter.Split,
                Composed = false,
            });
        }
        catch (ArgumentException exception)
        {
            throw new TokenizerFileException(folder, exception.Message, exception);
        }
    }

    private static bool IsControl(string token) =>
        token.Length > 4 && token.StartsWith("<|", StringComparison.Ordinal) && token.EndsWith("|>", StringComparison.Ordinal);

    private static void Unite(Dictionary<string, int> added, Dictionary<string, int> ids, Dictionary<string, int> more, string file)
    {
        foreach (var (token, id) in more)
        {
            if (token.Length == 0) ids.TryAdd(token, id);       // older folders have a token without text
            if (ids.TryGetValue(token, out var regular) && regular == id) continue;
            if (!added.TryAdd(token, id) && added[token] != id)
                throw new TokenizerFileException(file, $"token \"{token}\" has id {id}, and {added[token]} in another file of the folder.");
        }
    }

    private static void AddTimestamps(Dictionary<string, int> added)
    {
        if (!added.TryGetValue(NoTimestamps, out var last) || added.ContainsKey("<|0.00|>")) return;
        for (var i = 0; i < Timestamps; i++)
            added.TryAdd(string.Create(CultureInfo.InvariantCulture, $"<|{i * 0.02:0.00}|>"), last + 1 + i);
    }

    private static Dictionary<string, int> DecoderTokens(JsonElement root, string file)
    {
        var tokens = new Dictionary<string, int>(StringComparer.Ordinal);
        if (!root.TryGetProperty("added_tokens_decoder", out var added)) return tokens;
        foreach (var entry in added.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                || TokenizerJson.Text(entry.Value, "content") is not { } content || !tokens.TryAdd(content, id))
                throw new TokenizerFileException(file, $"added_tokens_decoder.{entry.Name}", TokenIdFile.Short(entry.Value), "an id ≥ 0 with a content of its own");
        }

        return tokens;
    }

    private static Dictionary<string, int> AddedTokens(JsonElement root, string file)
    {
        var tokens = new Dictionary<string, int>(StringComparer.Ordinal);
        if (!root.TryGetProperty("added_tokens", out var list) || list.ValueKind == JsonValueKind.Null) return tokens;
        if (list.ValueKind != JsonValueKind.Array) throw new TokenizerFileException(file, $"added_tokens is a JSON {list.ValueKind}; allowed: a list.");
        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Object
                || !entry.TryGetProperty("id", out var id) || id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out var number) || number < 0
                || !entry.TryGetProperty("content", out var content) || content.ValueKind != JsonValueKind.String
                || !tokens.TryAdd(content.GetString()!, number))
                throw new TokenizerFileException(file, $"added_tokens holds {entry.GetRawText()}; allowed: an \"id\" ≥ 0 with a \"content\" of its own.");
        }

        return tokens;
    }

    /// <summary>The merges of tokenizer.json, written "a b" or ["a", "b"], as lines of merges.txt.</summary>
    private static string Merges(JsonElement list, string file)
    {
        var lines = new StringBuilder();
        foreach (var merge in list.EnumerateArray())
        {
            if (merge.ValueKind == JsonValueKind.String) lines.Append(merge.GetString()).Append('\n');
            else if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2 && merge.EnumerateArray().All(part => part.ValueKind == JsonValueKind.String))
                lines.Append(merge[0].GetString()).Append(' ').Append(merge[1].GetString()).Append('\n');
            else throw new TokenizerFileException(file, $"model.merges holds {merge.GetRawText()}; allowed: \"a b\" or [\"a\", \"b\"].");
        }

        return lines.ToString();
    }

    private static JsonElement Member(JsonElement element, string name, JsonValueKind kind, string file) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) && member.ValueKind == kind ? member
            : throw new TokenizerFileException(file, $"no \"{name}\" of the form {kind}; allowed: a byte-level BPE.");
}
