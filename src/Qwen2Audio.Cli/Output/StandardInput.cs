using System.Text;

namespace Qwen2Audio.Cli.Output;

/// <summary>Reads standard input within limits: what never ends must not fill the memory.</summary>
internal static class StandardInput
{
    /// <summary>Characters of a line at most; no model's context holds as many.</summary>
    public const int LineLimit = 1 << 22;

    private const int TextLimit = 1 << 28;

    /// <summary>The next line; null at the end. A signal ends the program meanwhile.</summary>
    /// <exception cref="InputException">The line is too long.</exception>
    public static string? ReadLine() => Interruption.WhileWaiting(() => Console.IsInputRedirected ? Line(Console.In, LineLimit) : Console.In.ReadLine());

    /// <summary>All of it. A signal ends the program meanwhile.</summary>
    /// <exception cref="InputException">It is too long.</exception>
    public static string ReadToEnd() => Interruption.WhileWaiting(() =>
    {
        var (text, buffer) = (new StringBuilder(), new char[1 << 16]);
        while (Console.In.Read(buffer) is > 0 and var count)
            if (text.Append(buffer, 0, count).Length > TextLimit) throw TooLong("standard input", TextLimit);
        return text.ToString();
    });

    internal static string? Line(TextReader input, int limit)
    {
        var line = new StringBuilder();
        while (input.Read() is >= 0 and var next)
        {
            if (next == '\n') return line.Length > 0 && line[^1] == '\r' ? line.ToString(0, line.Length - 1) : line.ToString();
            if (line.Append((char)next).Length > limit) throw TooLong("a line of standard input", limit);
        }

        return line.Length == 0 ? null : line.ToString();
    }

    private static InputException TooLong(string what, int limit) => new($"{what}: found more than {limit} characters; allowed: {limit} at most.");
}
