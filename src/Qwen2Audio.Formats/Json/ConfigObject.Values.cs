using System.Text.Json;

namespace Qwen2Audio.Formats.Json;

public sealed partial class ConfigObject
{
    /// <summary>A required whole number.</summary>
    public int Int(string name, int min = int.MinValue, int max = int.MaxValue) => (int)Whole(name, null, min, max);

    /// <summary>A whole number, or the default when it is absent.</summary>
    public int IntOr(string name, int otherwise, int min = int.MinValue, int max = int.MaxValue) => (int)Whole(name, otherwise, min, max);

    /// <summary>A required 64-bit whole number.</summary>
    public long Long(string name, long min = long.MinValue, long max = long.MaxValue) => Whole(name, null, min, max);

    /// <summary>A required finite number, whole or not.</summary>
    public double Number(string name, double min = double.MinValue, double max = double.MaxValue) => Real(name, null, min, max);

    /// <summary>A finite number, or the default when it is absent.</summary>
    public double NumberOr(string name, double otherwise, double min = double.MinValue, double max = double.MaxValue) =>
        Real(name, otherwise, min, max);

    /// <summary>A required true or false.</summary>
    public bool Bool(string name) => Truth(name, null);

    /// <summary>true or false, or the default when it is absent.</summary>
    public bool BoolOr(string name, bool otherwise) => Truth(name, otherwise);

    /// <summary>A required text; one of <paramref name="allowed"/> if any are given.</summary>
    public string String(string name, params ReadOnlySpan<string> allowed) => Text(name, null, allowed);

    /// <summary>Text, or the default when it is absent; one of <paramref name="allowed"/> if any are given.</summary>
    public string StringOr(string name, string otherwise, params ReadOnlySpan<string> allowed) => Text(name, otherwise, allowed);

    /// <summary>Whole numbers, or the default when the field is absent.</summary>
    public IReadOnlyList<int> IntListOr(string name, IReadOnlyList<int> otherwise, int min = int.MinValue, int max = int.MaxValue) =>
        List(name, otherwise, Range("whole numbers", min, max),
            e => e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out var v) && v >= min && v <= max ? v : null);

    /// <summary>A whole number or a list of them (as <c>eos_token_id</c> is written), or the default when the field is absent.</summary>
    public IReadOnlyList<int> IntOrListOr(string name, IReadOnlyList<int> otherwise, int min = int.MinValue, int max = int.MaxValue) =>
        _members.TryGetValue(name, out var element) && element.ValueKind == JsonValueKind.Number
            ? [Int(name, min, max)] : IntListOr(name, otherwise, min, max);

    /// <summary>Lists of at least one whole number each, or the default when the field is absent.</summary>
    public IReadOnlyList<IReadOnlyList<int>> IntListsOr(
        string name, IReadOnlyList<IReadOnlyList<int>> otherwise, int min = int.MinValue, int max = int.MaxValue)
    {
        if (!Find(name, out var element)) return otherwise;
        if (element.ValueKind != JsonValueKind.Array)
        {
            Wrong(name, element, "a list of lists");
            return otherwise;
        }

        var lists = new List<IReadOnlyList<int>>(element.GetArrayLength());
        foreach (var item in element.EnumerateArray())
        {
            var numbers = item.ValueKind == JsonValueKind.Array ? item.EnumerateArray() : default;
            int[] list = [.. numbers.Where(e => e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out var v) && v >= min && v <= max).Select(e => e.GetInt32())];
            if (item.ValueKind == JsonValueKind.Array && list.Length > 0 && list.Length == item.GetArrayLength()) lists.Add(list);
            else _problems.Add($"{StrictJson.Join(Path, name)}[{lists.Count}]", StrictJson.Raw(item), $"a list of at least one of {Range("whole numbers", min, max)}");
        }

        return lists;
    }

    /// <summary>Finite numbers, or the default when the field is absent.</summary>
    public IReadOnlyList<double> NumberListOr(string name, IReadOnlyList<double> otherwise) =>
        List(name, otherwise, "numbers", e => e.ValueKind == JsonValueKind.Number ? e.GetDouble() : null);

    /// <summary>Texts, or the default when the field is absent.</summary>
    public IReadOnlyList<string> StringListOr(string name, IReadOnlyList<string> otherwise)
    {
        if (!Find(name, out var element)) return otherwise;
        if (element.ValueKind == JsonValueKind.Array && element.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String))
            return [.. element.EnumerateArray().Select(e => e.GetString()!)];
        Wrong(name, element, "a list of texts");
        return otherwise;
    }

    /// <summary>A required object; if it is absent, the problem is recorded and an empty one is returned.</summary>
    public ConfigObject Object(string name)
    {
        if (ObjectOrNull(name) is { } child) return child;
        if (!Has(name)) Missing(name, "an object");
        return new ConfigObject(File, StrictJson.Join(Path, name), default, new ProblemList());
    }

    /// <summary>An object, or null when it is absent.</summary>
    public ConfigObject? ObjectOrNull(string name)
    {
        if (_children.TryGetValue(name, out var known)) return known;
        if (!Find(name, out var element)) return null;
        if (element.ValueKind == JsonValueKind.Object)
            return _children[name] = new ConfigObject(File, StrictJson.Join(Path, name), element, _problems);
        Wrong(name, element, "an object");
        return null;
    }

    /// <summary>A required list of objects; other items are recorded as problems and left out.</summary>
    public IReadOnlyList<ConfigObject> Objects(string name)
    {
        if (!Find(name, out var element)) Missing(name, "a list of objects");
        else if (element.ValueKind != JsonValueKind.Array) Wrong(name, element, "a list of objects");
        else
        {
            var objects = new List<ConfigObject>(element.GetArrayLength());
            var index = 0;
            foreach (var item in element.EnumerateArray())
            {
                var place = $"{StrictJson.Join(Path, name)}[{index++}]";
                if (item.ValueKind == JsonValueKind.Object) objects.Add(new ConfigObject(File, place, item, _problems));
                else _problems.Add(place, StrictJson.Raw(item), "an object");
            }

            return objects;
        }

        return [];
    }

    /// <summary>Whether the field exists and is a list. This does not mark it as read.</summary>
    public bool IsList(string name) => _members.TryGetValue(name, out var element) && element.ValueKind == JsonValueKind.Array;

    /// <summary>A required format version, from 1 to the latest supported.</summary>
    public int Version(string name, int supported)
    {
        if (!Find(name, out var element)) Missing(name, $"a version from 1 to {supported}");
        else if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt32(out var version) || version < 1)
            Wrong(name, element, $"a version from 1 to {supported}");
        else if (version > supported)
            Wrong(name, element, $"up to {supported}: it was written by a newer version, {version}; this build reads up to {supported}");
        else return version;
        return supported;
    }

    private long Whole(string name, long? otherwise, long min, long max)
    {
        var allowed = Range("a whole number", min, max);
        if (!Find(name, out var element))
        {
            if (otherwise is { } value) return value;
            Missing(name, allowed);
        }
        else if (element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var value) && value >= min && value <= max) return value;
        // if a number is too large, report the bound that it exceeds, even if it is only that of the type
        else Wrong(name, element, element.ValueKind == JsonValueKind.Number && element.GetDouble() > max ? Range("a whole number", min, max, tellsMax: true) : allowed);
        return otherwise ?? Math.Clamp(1, min, max);
    }

    private double Real(string name, double? otherwise, double min, double max)
    {
        var allowed = Range("a number", min, max);
        if (!Find(name, out var element))
        {
            if (otherwise is { } value) return value;
            Missing(name, allowed);
        }
        else if (element.ValueKind == JsonValueKind.Number && element.GetDouble() is var value && value >= min && value <= max) return value;
        else Wrong(name, element, allowed);
        return otherwise ?? Math.Clamp(1, min, max);
    }

    private bool Truth(string name, bool? otherwise)
    {
        if (!Find(name, out var element))
        {
            if (otherwise is null) Missing(name, "true or false");
        }
        else if (element.ValueKind is JsonValueKind.True or JsonValueKind.False) return element.GetBoolean();
        else Wrong(name, element, "true or false");
        return otherwise ?? false;
    }

    private string Text(string name, string? otherwise, ReadOnlySpan<string> allowed)
    {
        var texts = allowed.IsEmpty ? "text" : string.Join(", ", allowed!);
        if (!Find(name, out var element))
        {
            if (otherwise is not null) return otherwise;
            Missing(name, texts);
        }
        else if (element.ValueKind == JsonValueKind.String && (allowed.IsEmpty || allowed.Contains(element.GetString()))) return element.GetString()!;
        else Wrong(name, element, texts);
        return otherwise ?? (allowed.IsEmpty ? "" : allowed[0]);
    }

    private IReadOnlyList<T> List<T>(string name, IReadOnlyList<T> otherwise, string allowed, Func<JsonElement, T?> read) where T : struct
    {
        if (!Find(name, out var element)) return otherwise;
        if (element.ValueKind != JsonValueKind.Array)
        {
            Wrong(name, element, $"a list of {allowed}");
            return otherwise;
        }
        var result = new List<T>(element.GetArrayLength());
        var index = 0;
        foreach (var item in element.EnumerateArray())
        {
            if (read(item) is { } value) result.Add(value);
            else _problems.Add($"{StrictJson.Join(Path, name)}[{index}]", StrictJson.Raw(item), allowed);
            index++;
        }
        return result;
    }

    private static string Range(string what, IFormattable min, IFormattable max, bool tellsMax = false)
    {
        var (low, high) = (min.ToString(null, CultureInfo.InvariantCulture), max.ToString(null, CultureInfo.InvariantCulture));
        var open = min is int.MinValue or (long)int.MinValue or long.MinValue or double.MinValue;
        return !tellsMax && (max is int.MaxValue or (long)int.MaxValue or long.MaxValue or double.MaxValue) ? (open ? what : $"{what} ≥ {low}")
            : open ? $"{what} ≤ {high}" : $"{what} from {low} to {high}";
    }
}
