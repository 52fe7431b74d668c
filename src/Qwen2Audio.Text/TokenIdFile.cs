using System.Text.Json;

namespace Qwen2Audio.Text;

/// <summary>Reads a JSON object of token → id, the form of <c>vocab.json</c> and <c>added_tokens.json</c>.</summary>
internal static class TokenIdFile
{
    public static Dictionary<string, int> Parse(string json, string name)
    {
        using var document = ParseJson(json, name);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new TokenizerFileException(name, $"found a JSON {document.RootElement.ValueKind}; allowed: an object of token → id.");
        return Read(document.RootElement, name, "");
    }

    /// <summary>Reads the object; <paramref name="place"/> is where it stands in the file, such as "model.vocab, ".</summary>
    public static Dictionary<string, int> Read(JsonElement root, string name, string place)
    {
        var count = Math.Min(root.GetPropertyCount(), TokenizerLimits.Entries);
        var ids = new Dictionary<string, int>(count, StringComparer.Ordinal);
        var owners = new Dictionary<int, string>(count);
        foreach (var property in root.EnumerateObject())
        {
            if (ids.Count == TokenizerLimits.Entries)
                throw new TokenizerFileException(name, $"{place}found more than {TokenizerLimits.Entries} tokens; allowed: at most so many.");
            if (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetInt32(out var id) || id < 0)
                throw new TokenizerFileException(name, $"{place}token \"{property.Name}\" has id {Short(property.Value)}; allowed: an integer ≥ 0 and < 2^31.");
            if (!owners.TryAdd(id, property.Name))
                throw new TokenizerFileException(name, $"{place}tokens \"{owners[id]}\" and \"{property.Name}\" have the same id {id}.");
            ids.Add(property.Name, id);
        }

        return ids;
    }

    /// <summary>A JSON value for a message.</summary>
    public static string Short(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        _ => value.GetRawText() is { Length: > 200 } text ? text[..200] + "…" : value.GetRawText(),
    };

    public static JsonDocument ParseJson(string json, string name)
    {
        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = TokenizerLimits.Depth });
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new TokenizerFileException(name, $"not valid JSON: {exception.Message}", exception);
        }
    }
}
