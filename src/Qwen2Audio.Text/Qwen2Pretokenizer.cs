namespace Qwen2Audio.Text;

/// <summary>
/// Qwen2's pattern
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>,
/// by code point (.NET regular expressions work on UTF-16 and split letters above U+FFFF). One pass, linear time.
/// </summary>
internal static class Qwen2Pretokenizer
{
    internal enum Kind
    {
        Letter,
        Number,
        Space,
        LineEnd,
        Other,
        End,
    }

    /// <summary>The pattern as in <c>tokenizer.json</c>. It is only compared, never run.</summary>
    public const string Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Where the piece that begins at <paramref name="start"/> ends.</summary>
    internal delegate int End(ReadOnlySpan<char> text, int start);

    /// <summary>Appends the pieces of <paramref name="text"/>.</summary>
    public static void Split(ReadOnlySpan<char> text, List<Range> pieces) => Split(text, pieces, PieceEnd);

    /// <summary>The same for another pattern.</summary>
    internal static void Split(ReadOnlySpan<char> text, List<Range> pieces, End pieceEnd)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = pieceEnd(text, start);
            pieces.Add(start..end);
            start = end;
        }
    }

    private static int PieceEnd(ReadOnlySpan<char> text, int start)
    {
        if (text[start] == '\'' && Contraction(text[(start + 1)..]) is > 0 and var length) return start + 1 + length;
        var first = KindAt(text, start, out var width);
        var next = start + width;
        if (first == Kind.Letter) return RunEnd(text, next, Kind.Letter);
        if (first == Kind.Number) return next;
        var second = KindAt(text, next, out _);
        if (first != Kind.LineEnd && second == Kind.Letter) return RunEnd(text, next, Kind.Letter);
        if (first == Kind.Other || (text[start] == ' ' && second == Kind.Other))
        {
            var end = RunEnd(text, first == Kind.Other ? start : next, Kind.Other);
            while (end < text.Length && text[end] is '\r' or '\n') end++;
            return end;
        }

        return WhiteSpaceEnd(text, start);
    }

    // \s*[\r\n]+ ends after the last line end of the run; \s+(?!\S) leaves the last space of a run to the next word.
    private static int WhiteSpaceEnd(ReadOnlySpan<char> text, int start)
    {
        var end = start;
        var lineEnd = -1;
        while (KindAt(text, end, out _) is var kind and (Kind.Space or Kind.LineEnd))
        {
            end++; // all white space is below U+10000
            if (kind == Kind.LineEnd) lineEnd = end;
        }

        if (lineEnd > 0) return lineEnd;
        return end == text.Length || end - start == 1 ? end : end - 1;
    }

    /// <summary>Where the run of one kind that begins at <paramref name="start"/> ends.</summary>
    internal static int RunEnd(ReadOnlySpan<char> text, int start, Kind kind)
    {
        while (KindAt(text, start, out var width) == kind) start += width;
        return start;
    }

    private static int Contraction(ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty) return 0;
        var first = Lower(rest[0]);
        if (first is 's' or 't' or 'm' or 'd') return 1;
        if (rest.Length < 2) return 0;
        return (first, Lower(rest[1])) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 2 : 0;
    }

    private static char Lower(char c) => c == '\u017F' ? 's' : c <= 'Z' && c >= 'A' ? (char)(c | 0x20) : c;

    internal static Kind KindAt(ReadOnlySpan<char> text, int index, out int width)
    {
        width = 1;
        if (index >= text.Length) return Kind.End;
        var c = text[index];
        if (c is '\r' or '\n') return Kind.LineEnd;
        if (IsSpace(c)) return Kind.Space;
        if (c < 0x80) return char.IsAsciiLetter(c) ? Kind.Letter : char.IsAsciiDigit(c) ? Kind.Number : Kind.Other;
        if (Rune.DecodeFromUtf16(text[index..], out var rune, out width) != System.Buffers.OperationStatus.Done) return Kind.Other;
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }

    private static bool IsSpace(char c) =>
        c is ' ' or (>= '\t' and <= '\r') or '\u0085' or '\u00A0' or '\u1680' or (>= '\u2000' and <= '\u200A')
            or '\u2028' or '\u2029' or '\u202F' or '\u205F' or '\u3000';
}
