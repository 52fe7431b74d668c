namespace Qwen2Audio.Formats.Manifests;

/// <summary>A warning about fields that nothing uses.</summary>
public static class UnusedFields
{
    private const int MaxNamed = 10;

    /// <summary>The warning; null if all fields are used.</summary>
    public static string? Text(string source, IReadOnlyCollection<string> names) => names.Count == 0 ? null
        : $"{source}: these fields are not used: {string.Join(", ", names.Take(MaxNamed))}{(names.Count > MaxNamed ? ", …" : "")}";
}
