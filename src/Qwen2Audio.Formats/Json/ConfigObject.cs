using System.Text.Json;

namespace Qwen2Audio.Formats.Json;

/// <summary>
/// Typed access to one object in a configuration file. Problems are collected, and <see cref="ThrowIfBad"/> (or <see cref="Read{T}"/>)
/// throws them together; until then a getter with a problem returns a value within its bounds, so that reading continues. A null field
/// counts as absent. Fields that are never read are accepted and listed by <see cref="Unread"/>.
/// </summary>
public sealed partial class ConfigObject
{
    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ConfigObject> _children = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly ProblemList _problems;

    private ConfigObject(string file, string path, JsonElement element, ProblemList problems)
    {
        File = file;
        Path = path;
        Element = element;
        _problems = problems;
        if (element.ValueKind != JsonValueKind.Object) return;
        foreach (var member in element.EnumerateObject())
            if (member.Value.ValueKind != JsonValueKind.Null) _members.Add(member.Name, member.Value);
    }

    /// <summary>The file's name, for messages.</summary>
    public string File { get; }

    /// <summary>The JSON path of this object: <c>$</c>, <c>$.text_config</c>.</summary>
    public string Path { get; }

    /// <summary>The JSON element itself.</summary>
    public JsonElement Element { get; }

    /// <summary>Names of the fields that are present and not null, in file order.</summary>
    public IReadOnlyCollection<string> Names => _members.Keys;

    /// <summary>JSON paths of the fields that are present, not null and never read, in this object and in the objects read from it.</summary>
    public IReadOnlyList<string> Unread =>
    [
        .. _members.Keys.Where(name => !_asked.Contains(name)).Select(name => StrictJson.Join(Path, name)),
        .. _children.Values.SelectMany(child => child.Unread),
    ];

    /// <summary>Reads a file of at most 1 MiB whose root is an object.</summary>
    /// <exception cref="ConfigException">The file cannot be read, is too large or is not strict JSON.</exception>
    public static ConfigObject Open(string path) => Of(StrictJson.Read(path), path);

    /// <summary>Reads a file, passes its root to <paramref name="build"/>, and throws all problems found.</summary>
    /// <exception cref="ConfigException">The file is not strict JSON, or fields are missing, of the wrong type or out of range.</exception>
    public static T Read<T>(string path, Func<ConfigObject, T> build) => Open(path).Build(build);

    /// <summary>Reads text from memory; <paramref name="file"/> is its name in messages.</summary>
    /// <exception cref="ConfigException">The text is not strict JSON with an object as its root.</exception>
    public static ConfigObject Parse(string json, string file) => Of(StrictJson.Parse(Encoding.UTF8.GetBytes(json), file), file);

    /// <summary>Wraps an element that was already read strictly.</summary>
    /// <exception cref="ConfigException">The element is not an object.</exception>
    public static ConfigObject Of(JsonElement element, string file) => element.ValueKind == JsonValueKind.Object
        ? new ConfigObject(file, "$", element, new ProblemList())
        : throw new ConfigException(file, "$", StrictJson.Raw(element), "an object");

    /// <summary>Builds a value from this object and throws all problems found.</summary>
    /// <exception cref="ConfigException">Fields are missing, of the wrong type or out of range.</exception>
    public T Build<T>(Func<ConfigObject, T> build)
    {
        var result = build(this);
        ThrowIfBad();
        return result;
    }

    /// <summary>Whether the field is present and not null. This does not mark it as read.</summary>
    public bool Has(string name) => _members.ContainsKey(name);

    /// <summary>Records a problem found by the caller, to be thrown with the others.</summary>
    public void AddProblem(string name, string found, string allowed) => _problems.Add(StrictJson.Join(Path, name), found, allowed);

    /// <summary>Records a field that has no effect, or not the effect that it seems to have.</summary>
    public void Warn(string name, string text)
    {
        var warning = $"{StrictJson.Join(Path, name)}: {text}";
        if (!_problems.Warnings.Contains(warning, StringComparer.Ordinal)) _problems.Warnings.Add(warning);
    }

    /// <summary>The warnings recorded so far by <see cref="Warn"/>, for all objects of this file.</summary>
    public IReadOnlyList<string> Warnings => _problems.Warnings;

    /// <summary>Throws the problems recorded so far, for all objects of this file.</summary>
    /// <exception cref="ConfigException">There are some.</exception>
    public void ThrowIfBad()
    {
        if (_problems.Count > 0) throw new ConfigException(File, _problems);
    }

    private bool Find(string name, out JsonElement element)
    {
        _asked.Add(name);
        return _members.TryGetValue(name, out element);
    }

    private void Missing(string name, string allowed) => AddProblem(name, "nothing", allowed);

    private void Wrong(string name, JsonElement element, string allowed) => AddProblem(name, StrictJson.Raw(element), allowed);
}
