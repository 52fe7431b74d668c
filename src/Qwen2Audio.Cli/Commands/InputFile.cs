using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Cli.Commands;

/// <summary>An input of a command: a file, or - for standard input.</summary>
internal static class InputFile
{
    /// <summary>Standard input; as an output, standard output.</summary>
    public const string Pipe = "-";

    /// <summary>The bytes of standard input; none if it is closed.</summary>
    public static Stream OpenPipe() => PlainFile.IsClosed(0) ? Stream.Null : Console.OpenStandardInput();

    /// <summary>An input's name in messages.</summary>
    public static string Source(string input) => input == Pipe ? "standard input" : input;

    /// <summary>The same, safe for a terminal.</summary>
    public static string Name(string input) => TerminalText.Name(Source(input));
}
