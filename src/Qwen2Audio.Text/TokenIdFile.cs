namespace Qwen2Audio.Text;

/// <summary>Reads a JSON object of token → id, as in <c>vocab.json</c> and <c>added_tokens.json</c>.</summary>
internal static class TokenIdFile
{
    public static Dictionary<string, int> Parse(string json, string name) => JsonField.Read(json, name, Read);

    /// <summary>Reads the object, which may be part of a file.</summary>
    public static Dictionary<string, int> Read(JsonField tokens)
    {
        if (!tokens.IsObject) throw tokens.Wrong("an object of token → id");
        var at = tokens.Place == "$" ? "" : $"{tokens.Place}, ";
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var owners = new Dictionary<int, string>();
        foreach (var (token, value) in tokens.Members())
        {
            if (ids.Count == TokenizerLimits.Entries)
                throw new TokenizerFileException(tokens.File, $"{at}found more than {TokenizerLimits.Entries} tokens; allowed: at most this many.");
            if (!value.TryId(out var id))
                throw new TokenizerFileException(tokens.File, $"{at}token \"{token}\"", $"id {value.Shown}", TokenizerLimits.IdRange);
            if (!owners.TryAdd(id, token))
                throw new TokenizerFileException(tokens.File, $"{at}tokens \"{owners[id]}\" and \"{token}\" have the same id {id}.");
            ids.Add(token, id);
        }

        return ids;
    }
}
