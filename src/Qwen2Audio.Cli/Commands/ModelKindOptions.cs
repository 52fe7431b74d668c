using System.CommandLine;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Options that apply to some kinds of model only; with other kinds they are refused, not ignored.</summary>
internal static class ModelKindOptions
{
    /// <summary>Refuses the first given option that is for other kinds.</summary>
    /// <exception cref="UsageException">There is one.</exception>
    public static void Require(ParseResult parsed, string kind, params (Option Option, string[] Kinds)[] options)
    {
        foreach (var (option, kinds) in options)
            if (IsGiven(parsed, option) && !kinds.Contains(kind))
                throw new UsageException($"{option.Name} cannot be used with a {kind} model; it is for {string.Join(" and ", kinds)}.");
    }

    /// <summary>Whether an option is on the command line.</summary>
    public static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };
}
