namespace Qwen2Audio.Cli.Output;

/// <summary>Makes text from outside safe for a terminal or a log: line ends, escape sequences and bidirectional controls become \uXXXX.</summary>
internal static class TerminalText
{
    /// <summary>A name on one line.</summary>
    public static string Name(string text) => Escape(text, (_, _) => false);

    /// <summary>A message. Line ends stay where the next line is indented by two spaces, as in lists.</summary>
    public static string Message(string text) => Escape(text, (all, i) => string.CompareOrdinal(all, i, "\n  ", 0, 3) == 0);

    /// <summary>Text of several lines.</summary>
    public static string Lines(string text) => Escape(text, (all, i) => all[i] == '\n');

    /// <summary>Text from a model, for standard output: on a terminal lines and tabs stay; to a file or pipe it is unchanged.</summary>
    public static string Shown(string text) => Console.IsOutputRedirected ? text : Escape(text, (all, i) => all[i] is '\n' or '\t');

    private static string Escape(string text, Func<string, int, bool> stays)
    {
        StringBuilder? escaped = null;
        for (var i = 0; i < text.Length; i++)
        {
            var acts = char.GetUnicodeCategory(text[i]) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                || text[i] is (>= '\u200E' and <= '\u200F') or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
            if (acts && !stays(text, i))
                (escaped ??= new StringBuilder(text, 0, i, text.Length + 16)).Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            else escaped?.Append(text[i]);
        }
        return escaped?.ToString() ?? text;
    }
}
