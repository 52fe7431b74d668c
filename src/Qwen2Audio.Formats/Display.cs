namespace Qwen2Audio.Formats;

/// <summary>Makes text from files safe for messages: quoted, short, on one line, without control characters.</summary>
internal static class Display
{
    private const int Longest = 100;

    public static string Quote(ReadOnlySpan<char> text)
    {
        var result = new StringBuilder("\"");
        foreach (var c in text[..Math.Min(text.Length, Longest)])
        {
            if (c is '"' or '\\') result.Append('\\').Append(c);
            else if (IsPlain(c)) result.Append(c);
            else result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }
        if (text.Length > Longest) result.Append('…');
        return result.Append('"').ToString();
    }

    /// <summary>A number or another unquoted token, shortened.</summary>
    public static string Token(ReadOnlySpan<byte> utf8) =>
        Encoding.ASCII.GetString(utf8[..Math.Min(utf8.Length, 40)]) + (utf8.Length > 40 ? "…" : "");

    public static string Shape(ReadOnlySpan<long> shape)
    {
        var text = new StringBuilder("[");
        for (var i = 0; i < shape.Length; i++)
        {
            if (i > 0) text.Append(", ");
            text.Append(CultureInfo.InvariantCulture, $"{shape[i]}");
        }
        return text.Append(']').ToString();
    }

    private static bool IsPlain(char c) => char.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
