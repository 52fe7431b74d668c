using Kind = Qwen2Audio.Text.Qwen2Pretokenizer.Kind;

namespace Qwen2Audio.Text;

/// <summary>
/// GPT-2's pattern, which Whisper uses:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>, by code point. One pass, linear time.
/// </summary>
internal static class Gpt2Pretokenizer
{
    /// <summary>Appends the pieces of <paramref name="text"/>.</summary>
    public static void Split(ReadOnlySpan<char> text, List<Range> pieces) => Qwen2Pretokenizer.Split(text, pieces, PieceEnd);

    private static int PieceEnd(ReadOnlySpan<char> text, int start)
    {
        if (Contraction(text[start..]) is > 0 and var length) return start + length;
        var run = text[start] == ' ' && !IsSpace(KindAt(text, start + 1, out _)) ? start + 1 : start;
        var kind = KindAt(text, run, out _);
        if (kind != Kind.End && !IsSpace(kind)) return Qwen2Pretokenizer.RunEnd(text, run, kind);
        var end = start;
        while (IsSpace(KindAt(text, end, out var width))) end += width;
        return end == text.Length || end - start == 1 ? end : end - 1; // the last space of a run belongs to the next word
    }

    private static int Contraction(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] != '\'') return 0;
        if (text[1] is 's' or 't' or 'm' or 'd') return 2;
        return text.Length > 2 && (text[1], text[2]) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int index, out int width) => Qwen2Pretokenizer.KindAt(text, index, out width);

    private static bool IsSpace(Kind kind) => kind is Kind.Space or Kind.LineEnd;
}
