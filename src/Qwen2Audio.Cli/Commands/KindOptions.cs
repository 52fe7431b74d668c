using System.CommandLine;
using Qwen2Audio.Cli.Output;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Options that only some kinds of models have a meaning for: given with another, they are refused rather than left out.</summary>
internal static class KindOptions
{
    /// <summary>Refuses the first option that was given and is for other kinds.</summary>
    /// <exception cref="UsageException">There is one.</exception>
    public static void Require(ParseResult parsed, string kind, params (Option Option, string[] Kinds)[] options)
    {
        foreach (var (option, kinds) in options)
            if (IsGiven(parsed, option) && !kinds.Contains(kind))
                throw new UsageException($"{option.Name} has no meaning for a {kind} model; it is for {string.Join(" and ", kinds)}.");
    }

    /// <summary>Whether an option stands on the command line.</summary>
    public static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };
}
