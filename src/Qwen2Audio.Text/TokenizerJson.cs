using System.Text.Json;

namespace Qwen2Audio.Text;

/// <summary>Reads <c>tokenizer.json</c>: vocabulary, merges in either form, added tokens, and the construction, which must be a known one.</summary>
internal static class TokenizerJson
{
    public static TokenizerParts Read(string path, TokenizerLoadOptions options)
    {
        using var document = TokenIdFile.ParseJson(TokenizerText.Read(path), path);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object) throw new TokenizerFileException(path, "$", TokenIdFile.Short(root), "an object");
        var form = TokenizerForm.OfJson(root, path);
        var model = root.TryGetProperty("model", out var found) ? found : default;
        CheckModel(model, path);
        if (!model.TryGetProperty("vocab", out var vocab) || vocab.ValueKind != JsonValueKind.Object)
            throw new TokenizerFileException(path, "model.vocab", "no object", "an object of token → id");
        var ids = TokenIdFile.Read(vocab, path, "model.vocab, ");
        var parts = new TokenizerParts(path, ids, Merges(model, path, ids), form, new AddedTokens(options.Whisper));
        if (root.TryGetProperty("added_tokens", out var added) && added.ValueKind != JsonValueKind.Null) Add(added, path, parts.Added);
        return parts;
    }

    /// <summary>A text of an object; null when it is not there.</summary>
    public static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() : null;

    public static bool IsTrue(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    // whatever would make other tokens than merging by rank does
    private static void CheckModel(JsonElement model, string path)
    {
        if (Text(model, "type") is var type && type is not (null or "BPE") || model.ValueKind != JsonValueKind.Object)
            throw new TokenizerFileException(path, "model.type", Text(model, "type") ?? "nothing", "BPE");
        foreach (var name in (ReadOnlySpan<string>)["byte_fallback", "ignore_merges"])
            if (IsTrue(model, name)) throw new TokenizerFileException(path, $"model.{name}", "true", "false");
        foreach (var name in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
            if (Text(model, name) is { Length: > 0 } value) throw new TokenizerFileException(path, $"model.{name}", $"\"{value}\"", "nothing");
        if (model.TryGetProperty("dropout", out var dropout) && dropout.ValueKind == JsonValueKind.Number && dropout.GetDouble() != 0)
            throw new TokenizerFileException(path, "model.dropout", dropout.GetRawText(), "null or 0");
    }

    private static MergeList Merges(JsonElement model, string path, Dictionary<string, int> ids)
    {
        if (!model.TryGetProperty("merges", out var merges) || merges.ValueKind != JsonValueKind.Array)
            throw new TokenizerFileException(path, "model.merges", "no array", "an array of \"left right\" or [\"left\", \"right\"]");
        var list = new MergeList(path, ids, number => $"model.merges[{number}]");
        var number = 0;
        foreach (var merge in merges.EnumerateArray())
        {
            if (merge.ValueKind == JsonValueKind.String) list.Add(merge.GetString(), number);
            else if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2
                && merge[0].ValueKind == JsonValueKind.String && merge[1].ValueKind == JsonValueKind.String)
                list.Add(merge[0].GetString(), merge[1].GetString(), number);
            else throw new TokenizerFileException(path, $"model.merges[{number}]", TokenIdFile.Short(merge), "\"left right\" or [\"left\", \"right\"]");
            number++;
        }

        return list;
    }

    private static void Add(JsonElement added, string path, AddedTokens tokens)
    {
        if (added.ValueKind != JsonValueKind.Array) throw new TokenizerFileException(path, "added_tokens", TokenIdFile.Short(added), "an array");
        var index = 0;
        foreach (var token in added.EnumerateArray())
        {
            var place = $"added_tokens[{index++}]";
            if (token.ValueKind != JsonValueKind.Object || !token.TryGetProperty("id", out var value) || value.ValueKind != JsonValueKind.Number
                || !value.TryGetInt32(out var id))
                throw new TokenizerFileException(path, place, "no id", "an object with an id ≥ 0 and < 2^31 and a content");
            tokens.Add(token, id, path, place);
        }
    }
}
