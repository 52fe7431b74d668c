using System.Text.Json;
using System.Text.Json.Serialization;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Training.Runs;

/// <summary>
/// What must not change when a run is resumed, as names and short texts in each checkpoint: every setting that affects the
/// result, hashes of the data, and conventions of the program. Paths are not included.
/// </summary>
internal sealed class RunConditions
{
    /// <summary>Prefix of conditions that depend on the program rather than on recipe or data.</summary>
    internal const string Program = "program.";

    private const string Prefix = "run.";
    private const int Listed = 12;

    private static readonly JsonSerializerOptions Names = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>The conditions as a checkpoint's metadata.</summary>
    public IEnumerable<KeyValuePair<string, string>> Metadata =>
        _values.Select(pair => KeyValuePair.Create(Prefix + pair.Key, pair.Value));

    /// <summary>True when a checkpoint's metadata has conditions.</summary>
    public static bool In(IReadOnlyDictionary<string, string> metadata) =>
        metadata.Keys.Any(name => name.StartsWith(Prefix, StringComparison.Ordinal));

    /// <summary>Every setting of a record, by its path in snake case.</summary>
    public static RunConditions Of<T>(T settings)
    {
        var result = new RunConditions();
        result.Add("", JsonSerializer.SerializeToElement(settings, Names));
        result.Add(Program + "schedule", LearningRateSchedule.Convention);
        return result;
    }

    /// <summary>Adds a condition as a short text, such as a count and a hash.</summary>
    public void Add(string name, string value) => _values[name] = value;

    /// <summary>One line for each difference from a checkpoint's metadata, truncated if there are many; empty when there is none.</summary>
    public IReadOnlyList<string> Differences(IReadOnlyDictionary<string, string> metadata)
    {
        var found = metadata.Where(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal)).Select(pair => pair.Key[Prefix.Length..]);
        var lines = new List<string>();
        foreach (var name in _values.Keys.Union(found, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var (mine, other) = (_values.GetValueOrDefault(name), metadata.GetValueOrDefault(Prefix + name));
            if (mine != other) lines.Add($"{Short(name)}: {Short(mine ?? "nothing")}, the run has {Short(other ?? "nothing")}");
        }

        return lines.Count <= Listed ? lines : [.. lines.Take(Listed), $"and {lines.Count - Listed} more"];
    }

    private static string Short(string text) => text.Length <= 200 ? text : text[..200] + "…";

    private void Add(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
            foreach (var member in value.EnumerateObject()) Add(name.Length == 0 ? member.Name : $"{name}.{member.Name}", member.Value);
        else if (value.ValueKind == JsonValueKind.Array)
            for (var i = 0; i < value.GetArrayLength(); i++) Add($"{name}[{i}]", value[i]);
        else _values[name] = value.ToString();
    }
}
