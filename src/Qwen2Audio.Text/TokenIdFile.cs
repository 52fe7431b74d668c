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
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var owners = new Dictionary<int, string>();
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetInt32(out var id) || id < 0)
                throw new TokenizerFileException(name, $"token \"{property.Name}\" has id {property.Value.GetRawText()}; allowed: an integer ≥ 0.");
            if (!owners.TryAdd(id, property.Name))
                throw new TokenizerFileException(name, $"tokens \"{owners[id]}\" and \"{property.Name}\" have the same id {id}.");
            ids.Add(property.Name, id);
        }

        return ids;
    }

    public static JsonDocument ParseJson(string json, string name)
    {
        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException exception)
        {
            throw new TokenizerFileException(name, $"not valid JSON: {exception.Message}", exception);
        }
    }
}
