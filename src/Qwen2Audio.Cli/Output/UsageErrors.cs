using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Text.Unicode;
using Qwen2Audio.Formats;

namespace Qwen2Audio.Cli.Output;

/// <summary>Finds the mistakes in a command line before anything runs.</summary>
internal static class UsageErrors
{
    /// <summary>
    /// One message per mistake; none if the command can run. An argument that begins with '-' is an option or a mistake, never a file, unless
    /// it comes after "--".
    /// </summary>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.Action is not null and not ParseErrorAction && parsed.Action != command.Action) return []; // --help, --version
        if (command is RootCommand root) return [WrongCommand(parsed, root)];
        List<string> unknown = [.. Dashed(parsed).Select(text => UnknownOption(text, command, parsed.RootCommandResult.Command))];
        if (unknown.Count > 0) return unknown;
        List<string> empty = [.. Empty(parsed.CommandResult).Distinct(StringComparer.Ordinal)];
        if (empty.Count > 0) return empty;
        if (Replaced(parsed.CommandResult) is { } replaced) return [replaced];
        return parsed.UnmatchedTokens.Count > 0 ? [TooMuch(parsed.UnmatchedTokens[0], command)] : [.. parsed.Errors.Select(error => error.Message.Trim()).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>A hint at the command's help.</summary>
    public static string Advice(ParseResult parsed) => parsed.CommandResult.Command is RootCommand
        ? "Try 'qwen2audio --help'."
        : $"Try 'qwen2audio {parsed.CommandResult.Command.Name} --help' for its options and an example.";

    // The runtime replaces bytes that are not UTF-8 with U+FFFD, which may also be in the argument itself. A file of such a name is not found.
    private static string? Replaced(CommandResult command)
    {
        foreach (var child in command.Children)
        {
            var (name, kind) = Kind(child);
            if (kind is "TEXT" or "a,b,c" && child.Tokens.Any(token => token.Value.Contains('\uFFFD', StringComparison.Ordinal))
                && OperatingSystem.IsLinux() && !Utf8.IsValid(File.ReadAllBytes("/proc/self/cmdline"))) return $"{name}: found bytes that are not UTF-8; allowed: UTF-8 text";
        }

        return null;
    }

    private static (string Name, string? Kind) Kind(SymbolResult child) => child switch
    {
        ArgumentResult argument => (argument.Argument.Name, argument.Argument.Name),
        OptionResult option => (option.Option.Name, option.Option.HelpName),
        _ => ("", null),
    };

    private static IEnumerable<string> Dashed(ParseResult parsed)
    {
        var positional = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(result => result.Tokens)
            .Select(token => token.Value).Concat(parsed.UnmatchedTokens).ToHashSet(StringComparer.Ordinal);
        return parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash)
            .Where(token => token.Type == TokenType.Argument && token.Value.Length > 1 && token.Value[0] == '-')
            .Select(token => token.Value).Where(text => positional.Contains(text) || !IsNumber(text));
    }

    // A text may be empty; a file, folder, number or list of names may not.
    private static IEnumerable<string> Empty(CommandResult command)
    {
        foreach (var child in command.Children)
        {
            var (name, kind) = Kind(child);
            if (kind is null or "TEXT") continue;
            if (child.Tokens.Any(token => token.Value.Length == 0)) yield return name == kind ? $"{name} is empty" : $"{name} is empty: {kind} is needed";
        }
    }

    private static string TooMuch(string text, Command command) => command.Arguments.Count == 0
        ? $"{command.Name} takes only options; found {text}"
        : $"{command.Name} takes one {command.Arguments[0].Name}; {text} is one too many";

    private static bool IsNumber(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static string UnknownOption(string text, Command command, Command root)
    {
        var name = text.Split('=', ':')[0];
        if (root.Subcommands.FirstOrDefault(other => Names(other).Contains(name)) is { } owner && owner != command)
            return $"unknown option {name}: {command.Name} does not have it, {owner.Name} does";
        var bare = name.TrimStart('-');
        var known = Names(command).Concat(root.Options.SelectMany(option => option.Aliases.Prepend(option.Name)))
            .Where(other => other.StartsWith("--", StringComparison.Ordinal)).Select(other => other[2..]);
        if (NameSuggestion.Find(bare, known) is { } near) return $"unknown option {name}; did you mean --{near}?";
        return command == root ? $"unknown option {name}" : $"unknown option {name}; for a file of that name write ./{text}";
    }

    private static IEnumerable<string> Names(Command command) => command.Options.SelectMany(option => option.Aliases.Prepend(option.Name));

    private static string WrongCommand(ParseResult parsed, RootCommand root)
    {
        var commands = root.Subcommands.Where(command => !command.Hidden).Select(command => command.Name).ToList();
        if (parsed.UnmatchedTokens.Count == 0) return $"a command is needed: {string.Join(", ", commands)}";
        var given = parsed.UnmatchedTokens[0];
        if (given.Length > 1 && given[0] == '-') return UnknownOption(given, root, root);
        return NameSuggestion.Find(given, commands) is { } near ? $"unknown command {given}; did you mean {near}?"
            : $"unknown command {given}; allowed: {string.Join(", ", commands)}";
    }
}
