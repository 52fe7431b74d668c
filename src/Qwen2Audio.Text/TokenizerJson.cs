namespace Qwen2Audio.Text;

/// <summary>Reads <c>tokenizer.json</c>: vocabulary, merges in either form, added tokens, and the construction, which must be a supported one.</summary>
internal static class TokenizerJson
{
    public static TokenizerParts Read(string path, TokenizerLoadOptions options) => JsonField.ReadFile(path, root => Read(root, options));

    private static TokenizerParts Read(JsonField root, TokenizerLoadOptions options)
    {
        if (!root.IsObject) throw root.Wrong("an object");
        var form = TokenizerFamily.OfJson(root);
        CheckModel(root["model"]);
        var ids = TokenIdFile.Read(root["model"]["vocab"]);
        var parts = new TokenizerParts(root.File, ids, Merges(root["model"]["merges"], ids), form, new AddedTokens(options.Whisper));
        if (root["added_tokens"] is { IsAbsent: false } added)
            foreach (var token in added.Items()) parts.Added.Add(AddedTokens.Entry(token, token["id"].Id()), token.File, token.Place);
        return parts;
    }

    // refuse everything that would give other tokens than merging by rank
    private static void CheckModel(JsonField model)
    {
        if (model.IsAbsent || model["type"] is { IsAbsent: false } type && type.Text() != "BPE") throw model["type"].Wrong("BPE");
        foreach (var name in (ReadOnlySpan<string>)["byte_fallback", "ignore_merges"])
            if (model[name].Flag()) throw model[name].Wrong("false");
        foreach (var name in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
            if (model[name].TextOrNull() is { Length: > 0 }) throw model[name].Wrong("nothing");
        if (model["dropout"].Number() != 0) throw model["dropout"].Wrong("null or 0");
    }

    private static MergeList Merges(JsonField merges, Dictionary<string, int> ids)
    {
        const string allowed = "\"left right\" or [\"left\", \"right\"]";
        if (!merges.IsList) throw merges.Wrong($"an array of {allowed}");
        var list = new MergeList(merges.File, ids, number => $"{merges.Place}[{number}]");
        var number = 0;
        foreach (var merge in merges.Items())
        {
            if (merge.IsText) list.Add(merge.Text(), number);
            else if (merge is not { IsList: true, Count: 2 }) throw merge.Wrong(allowed);
            else
            {
                JsonField[] both = [.. merge.Items()];
                list.Add(both[0].Text(), both[1].Text(), number);
            }

            number++;
        }

        return list;
    }
}
