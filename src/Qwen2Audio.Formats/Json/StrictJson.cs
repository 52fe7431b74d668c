using System.Text.Json;
using System.Text.Unicode;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Json;

/// <summary>
/// Strict JSON: UTF-8, no comments, no trailing commas, no repeated names, finite numbers, valid surrogate pairs, at most
/// <see cref="Depth"/> levels.
/// </summary>
internal static class StrictJson
{
    /// <summary>Maximum levels of nesting.</summary>
    public const int Depth = 32;

    /// <summary>Maximum bytes of a configuration file.</summary>
    public const int ConfigBytes = 1 << 20;

    /// <summary>Reads and checks a file of at most <paramref name="limit"/> bytes.</summary>
    /// <exception cref="ConfigException">The file cannot be read, is too large or is not strict JSON; names the place.</exception>
    public static JsonElement Read(string path, int limit = ConfigBytes) =>
        Parse(RegularFile.ReadAll(path, limit, ConfigException.Of), path, ConfigException.Of);

    /// <summary>Checks text in memory; <paramref name="file"/> is its name in messages.</summary>
    /// <exception cref="ConfigException">The text is not strict JSON; names the place.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> utf8, string file) => Parse(utf8, file, ConfigException.Of);

    internal static JsonElement Parse(ReadOnlyMemory<byte> utf8, string file, RegularFile.Failure failure)
    {
        if (!Utf8.IsValid(utf8.Span)) throw failure(file, new Problem("text", "bytes that are not UTF-8", "UTF-8 text"), null);
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = Depth });
            root = document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw failure(file, new Problem(MessageText.Place(e), $"invalid JSON ({MessageText.Reason(e)})",
                $"JSON of at most {Depth} levels, without comments, NaN or Infinity"), e);
        }
        Check(root, "$", file, failure);
        return root;
    }

    // The depth is limited above, and so is the recursion.
    private static void Check(JsonElement element, string path, string file, RegularFile.Failure failure)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var names = new HashSet<string>(StringComparer.Ordinal);
                foreach (var member in element.EnumerateObject())
                {
                    var name = Text(() => member.Name, path, file, failure);
                    if (!names.Add(name)) throw failure(file, new Problem(Join(path, name), "the name twice", "each name once"), null);
                    if (NeedsCheck(member.Value)) Check(member.Value, Join(path, name), file, failure);
                }
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray())
                {
                    if (NeedsCheck(item)) Check(item, $"{path}[{index}]", file, failure);
                    index++;
                }
                break;
            case JsonValueKind.Number:
                if (!element.TryGetDouble(out var value) || !double.IsFinite(value))
                    throw failure(file, new Problem(path, Raw(element), "a finite number"), null);
                break;
            case JsonValueKind.String:
                Text(() => element.GetString()!, path, file, failure);
                break;
        }
    }

    internal static string Raw(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => Display.Quote(element.GetString()),
        _ => element.GetRawText() is { Length: > 40 } text ? text[..40] + "…" : element.GetRawText(),
    };

    internal static string Join(string path, string name) =>
        name.Length is > 0 and < 80 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? $"{path}.{name}"
            : $"{path}[{Display.Quote(name)}]";

    private static bool NeedsCheck(JsonElement element) => element.ValueKind is not (JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null);

    private static string Text(Func<string> read, string path, string file, RegularFile.Failure failure)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException e)
        {
            throw failure(file, new Problem(path, "text with an unpaired surrogate", "valid text"), e);
        }
    }
}
