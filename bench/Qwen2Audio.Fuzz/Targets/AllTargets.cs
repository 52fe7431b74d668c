using Qwen2Audio.Fuzz.Running;

namespace Qwen2Audio.Fuzz.Targets;

/// <summary>The readers.</summary>
internal static class AllTargets
{
    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        .. AudioTargets.All(), .. FileTargets.All(), .. CodecTargets.All(), .. ConfigTargets.All(), .. TokenizerTargets.All(), .. TextTargets.All(), .. TrainingTargets.All(), .. RunTargets.All(), .. HubTargets.All(), .. ProgramTargets.All(),
    ];

    public static FuzzTarget Named(string name) => List.FirstOrDefault(target => target.Name == name) ?? throw new ArgumentException($"There is no reader {name}; --list names them.", nameof(name));

    /// <summary>Those whose names begin with one of these; all without any.</summary>
    public static IReadOnlyList<FuzzTarget> Chosen(IReadOnlyList<string> names)
    {
        foreach (var name in names)
            if (!List.Any(target => target.Name.StartsWith(name, StringComparison.Ordinal))) throw new ArgumentException($"There is no reader {name}; --list names them.", nameof(names));
        return [.. List.Where(target => names.Count == 0 || names.Any(name => target.Name.StartsWith(name, StringComparison.Ordinal)))];
    }
}
