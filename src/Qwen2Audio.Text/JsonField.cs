using System.Text.Json;
using Qwen2Audio.Formats;

namespace Qwen2Audio.Text;

/// <summary>
/// A value in a tokenizer's JSON file, with its place. All reading goes through this type, so that any invalid content gives a
/// <see cref="TokenizerFileException"/> that names file and place. Null counts as absent.
/// </summary>
internal readonly struct JsonField
{
    private readonly JsonElement _value;

    private JsonField(JsonElement value, string file, string place) => (_value, File, Place) = (value, file, place);

    /// <summary>The file's name.</summary>
    public string File { get; }

    /// <summary>The place in the file: "$" for the root, otherwise a path such as "added_tokens[3].content".</summary>
    public string Place { get; }

    public bool IsAbsent => _value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    public bool IsText => _value.ValueKind == JsonValueKind.String;

    public bool IsList => _value.ValueKind == JsonValueKind.Array;

    public bool IsObject => _value.ValueKind == JsonValueKind.Object;

    /// <summary>The elements of a list.</summary>
    public int Count => IsList ? _value.GetArrayLength() : throw Wrong("a list");

    /// <summary>A member of an object, possibly absent; members of an absent object are absent.</summary>
    public JsonField this[string name]
    {
        get
        {
            var place = Place == "$" ? name : $"{Place}.{name}";
            return IsAbsent ? new JsonField(default, File, place)
                : new JsonField(IsObject ? _value.TryGetProperty(name, out var member) ? member : default : throw Wrong("an object"), File, place);
        }
    }

    /// <summary>Reads a JSON file; any error in it is a <see cref="TokenizerFileException"/>.</summary>
    public static T ReadFile<T>(string path, Func<JsonField, T> read) => Read(TokenizerText.Read(path), path, read);

    /// <summary>The same for a text that was already read.</summary>
    public static T Read<T>(string json, string file, Func<JsonField, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = TokenizerLimits.Depth });
            return read(new JsonField(document.RootElement, file, "$"));
        }
        catch (JsonException exception)
        {
            throw new TokenizerFileException(file, $"{MessageText.Place(exception)}: invalid JSON ({MessageText.Reason(exception)})", exception);
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or ArithmeticException or ArgumentException or KeyNotFoundException)
        {
            // names are compared during parsing, and one with an unpaired surrogate has no place yet
            throw new TokenizerFileException(file, $"JSON that cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>A required text.</summary>
    public string Text() => TextOrNull() ?? throw Wrong("a text");

    /// <summary>A text, or null when it is absent.</summary>
    public string? TextOrNull()
    {
        if (IsAbsent) return null;
        if (!IsText) throw Wrong("a text");
        try
        {
            return _value.GetString();
        }
        catch (InvalidOperationException exception)
        {
            throw new TokenizerFileException(File, $"{Place}: found a text with an unpaired surrogate; allowed: valid text.", exception);
        }
    }

    /// <summary>True or false; <paramref name="otherwise"/> when it is absent.</summary>
    public bool Flag(bool otherwise = false) => IsAbsent ? otherwise
        : _value.ValueKind is JsonValueKind.True or JsonValueKind.False ? _value.GetBoolean() : throw Wrong("true or false");

    /// <summary>A required id.</summary>
    public int Id() => TryId(out var id) ? id : throw Wrong(TokenizerLimits.IdRange);

    /// <summary>Whether it is an id.</summary>
    public bool TryId(out int id)
    {
        id = -1;
        return _value.ValueKind == JsonValueKind.Number && _value.TryGetInt32(out id) && id is >= 0 and < TokenizerLimits.Ids;
    }

    /// <summary>A number; 0 when it is absent.</summary>
    public double Number() => IsAbsent ? 0 : _value.ValueKind == JsonValueKind.Number ? _value.GetDouble() : throw Wrong("a number");

    /// <summary>The elements of a list.</summary>
    public IEnumerable<JsonField> Items()
    {
        if (!IsList) throw Wrong("a list");
        var number = 0;
        foreach (var item in _value.EnumerateArray()) yield return new JsonField(item, File, $"{Place}[{number++}]");
    }

    /// <summary>The members of an object in their order.</summary>
    public IEnumerable<(string Name, JsonField Value)> Members()
    {
        if (!IsObject) throw Wrong("an object");
        foreach (var member in _value.EnumerateObject()) yield return (member.Name, new JsonField(member.Value, File, Place));
    }

    /// <summary>An error that names this place, the value found and what is allowed.</summary>
    public TokenizerFileException Wrong(string allowed) => new(File, Place, Shown, allowed);

    /// <summary>The value for a message.</summary>
    public string Shown => _value.ValueKind switch
    {
        JsonValueKind.Undefined => "nothing",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        _ => _value.GetRawText() is { Length: > 200 } text ? text[..200] + "…" : _value.GetRawText(),
    };
}
