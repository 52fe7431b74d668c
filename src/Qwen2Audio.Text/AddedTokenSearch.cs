using System.Buffers;

namespace Qwen2Audio.Text;

/// <summary>
/// Finds added tokens in a text: leftmost first, then longest. The time does not depend on the number of tokens.
/// </summary>
internal sealed class AddedTokenSearch
{
    private readonly Dictionary<string, AddedToken>.AlternateLookup<ReadOnlySpan<char>> _tokens;
    private readonly SearchValues<string> _texts;
    private readonly int[] _lengths;

    private AddedTokenSearch(Dictionary<string, AddedToken> tokens)
    {
        _tokens = tokens.GetAlternateLookup<ReadOnlySpan<char>>();
        _texts = SearchValues.Create([.. tokens.Keys], StringComparison.Ordinal);
        _lengths = [.. tokens.Keys.Select(text => text.Length).Distinct().OrderDescending()];
    }

    /// <summary>A search for tokens in the given forms; of tokens with the same form the first is used. Null if there are no tokens.</summary>
    public static AddedTokenSearch? For(IEnumerable<AddedToken> tokens, Func<string, string> form)
    {
        var forms = new Dictionary<string, AddedToken>(StringComparer.Ordinal);
        foreach (var token in tokens) forms.TryAdd(form(token.Content), token);
        return forms.Count == 0 ? null : new AddedTokenSearch(forms);
    }

    /// <summary>Splits a text into its tokens (with the white space they include) and the text between them (without a token).</summary>
    public void Cut(string text, List<(Range Range, AddedToken? Token)> pieces)
    {
        var (done, from) = (0, 0);
        while (Find(text, from, out var start, out var token))
        {
            var end = from = start + Length(text, start);
            if (token.SingleWord && (IsWordBefore(text, start) || IsWordAt(text, end))) continue;
            if (token.LeftStrip)
                while (start > done && char.IsWhiteSpace(text[start - 1])) start--;
            if (token.RightStrip)
                while (end < text.Length && char.IsWhiteSpace(text[end])) end++;
            if (start > done) pieces.Add((done..start, null));
            pieces.Add((start..end, token));
            done = end;
        }

        if (done < text.Length) pieces.Add((done..text.Length, null));
    }

    private bool Find(string text, int from, out int start, out AddedToken token)
    {
        token = null!;
        start = text.AsSpan(from).IndexOfAny(_texts);
        if (start < 0) return false;
        start += from;
        return _tokens.TryGetValue(text.AsSpan(start, Length(text, start)), out token!);
    }

    private int Length(string text, int start)
    {
        foreach (var length in _lengths)
            if (length <= text.Length - start && _tokens.ContainsKey(text.AsSpan(start, length))) return length;
        throw new InvalidOperationException("A match is not one of the added tokens.");
    }

    private static bool IsWordBefore(string text, int at) => Rune.DecodeLastFromUtf16(text.AsSpan(0, at), out var rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool IsWordAt(string text, int at) => Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out _) == OperationStatus.Done && IsWord(rune);

    // \w of Unicode's regular expressions (UTS 18): alphabetic characters, marks, decimal digits, connectors and joiners
    private static bool IsWord(Rune rune) => Rune.IsLetter(rune)
        || rune.Value is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.LetterNumber or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation
            or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
