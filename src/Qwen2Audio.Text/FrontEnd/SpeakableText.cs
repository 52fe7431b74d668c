using System.Buffers;
using System.Collections.Frozen;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>
/// A sentence in the characters that the rules know: ASCII and the symbols of <see cref="Symbols"/>. Accents are dropped, other forms of a character are replaced by the usual one, and what has
/// no spoken form becomes a space and is collected. Remembers each character's place in the sentence.
/// </summary>
internal sealed class SpeakableText
{
    // pairs of a character and its usual form, which is nothing for the last ones
    private static readonly FrozenDictionary<char, string> Forms = """
        ’ '  ‘ '  ‛ '  ʼ '  ´ '  ` '  ′ '  “ "  ” "  „ "  ‟ "  « "  » "  ‹ "  › "  ″ "  ‐ -  ‑ -  ‒ –  ― —  ⁄ /  ∕ /  ß ss  ẞ SS  ø o  Ø O  æ ae  Æ Ae  œ oe  Œ Oe  ł l  Ł L  đ d  Đ D  ð th
        Ð Th  þ th  Þ Th  ı i  ħ h  Ħ H  ∙ •  · •  ‣ •  ▪ •  ● •  µ μ  Ω Ω  º °  ˚ °  ¡  ¿  。 .  、 ,  ， ,  ！ !  ？ ?  ‽ ?  ⋅ ×  ✕ ×  ∗ *  ∼ ~  ½ 1/2  ¼ 1/4  ¾ 3/4  ⅓ 1/3  ⅔ 2/3  ⅕ 1/5  ⅖ 2/5
        ⅗ 3/5  ⅘ 4/5  ⅙ 1/6  ⅚ 5/6  ⅛ 1/8  ⅜ 3/8  ⅝ 5/8  ⅞ 7/8  № No.
        """.Split(["  ", "\n"], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToFrozenDictionary(pair => pair[0], pair => pair.Length > 2 ? pair[2..] : "");
    private static readonly SearchValues<char> Between = SearchValues.Create(" ,.;:!?-\"'()"); // parts that are left out together

    private readonly StringBuilder _text = new();
    private readonly List<int> _places = [];
    private readonly List<(int Start, int End)> _unspoken = [];

    /// <summary>Reads a sentence.</summary>
    public SpeakableText(string sentence)
    {
        for (var at = 0; at < sentence.Length;)
        {
            if (sentence[at] is >= ' ' and <= '~')
            {
                Put(sentence[at], at++);
                continue;
            }

            var length = Rune.DecodeFromUtf16(sentence.AsSpan(at), out var rune, out var used) == OperationStatus.Done ? rune.Utf16SequenceLength : -used;
            if (length < 0) Leave(sentence, at, at + used);
            else Put(sentence, rune, at);
            at += Math.Abs(length);
        }

        Text = _text.ToString();
    }

    /// <summary>The characters.</summary>
    public string Text { get; }

    /// <summary>Parts of the sentence that have no spoken form.</summary>
    public IReadOnlyList<(int Start, int End)> Unspoken => _unspoken;

    /// <summary>The place in the sentence of a part of the text.</summary>
    public (int Start, int End) Place(int start, int end) => (_places[start], _places[end - 1] + 1);

    private void Put(char c, int place)
    {
        _text.Append(c);
        _places.Add(place);
    }

    private void Put(string sentence, Rune rune, int at)
    {
        var category = Rune.GetUnicodeCategory(rune);
        var c = rune.IsBmp ? (char)rune.Value : '\uFFFF';
        if (Rune.IsWhiteSpace(rune))
        {
            // a thin or fixed space within a number groups its digits
            var groups = c is '\u00A0' or '\u2009' or '\u202F' && _text.Length > 0 && char.IsAsciiDigit(_text[^1]) && at + 3 < sentence.Length
                && sentence.AsSpan(at + 1, 3).IndexOfAnyExceptInRange('0', '9') < 0 && (at + 4 == sentence.Length || !char.IsAsciiDigit(sentence[at + 4]));
            Put(groups ? ',' : ' ', at);
        }
        else if (Forms.TryGetValue(c, out var form))
        {
            if (form.Length == 3 && form[1] == '/' && _text.Length > 0 && char.IsAsciiDigit(_text[^1])) Put(' ', at);
            foreach (var part in form) Put(part, at);
        }
        else if (IsGreek(c) && ((at > 0 && IsGreek(sentence[at - 1])) || (at + 1 < sentence.Length && IsGreek(sentence[at + 1])))) Leave(sentence, at, at + 1); // a word, not a symbol
        else if (Symbols.IsKnown(c) && !(c is '²' or '³' && (IsExponent(sentence, at - 1) || IsExponent(sentence, at + 1)))) Put(c, at);
        else if (category is UnicodeCategory.Format or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark)
        {
            // a mark on a letter that is spoken, or on one that is not and has been left out with it
            if (_unspoken.Count > 0 && _unspoken[^1].End == at) _unspoken[^1] = (_unspoken[^1].Start, at + rune.Utf16SequenceLength);
        }
        else if (Exponent(c) is { } digit)
        {
            if (_text.Length > 0 && (char.IsAsciiDigit(_text[^1]) || _text[^1] == ')') && !IsExponent(sentence, at - 1)) Put('^', at);
            Put(digit, at);
        }
        else
        {
            var plain = rune.ToString().Normalize(NormalizationForm.FormKD);
            var kept = plain.Where(part => char.GetUnicodeCategory(part) is not UnicodeCategory.NonSpacingMark).ToArray();
            if (kept.Length > 0 && kept.All(part => part is >= ' ' and <= '~' || Symbols.IsKnown(part) || Forms.ContainsKey(part)))
                foreach (var known in string.Concat(kept.Select(part => Forms.TryGetValue(part, out var other) ? other : $"{part}"))) Put(known, at);
            else Leave(sentence, at, at + rune.Utf16SequenceLength);
        }
    }

    private static bool IsGreek(char c) => c is >= '\u0370' and <= '\u03FF' or >= '\u1F00' and <= '\u1FFF';

    private static char? Exponent(char c) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺".IndexOf(c, StringComparison.Ordinal) is >= 0 and var at ? "0123456789-+"[at] : null;

    private static bool IsExponent(string sentence, int at) => at >= 0 && at < sentence.Length && Exponent(sentence[at]) is not null;

    // joined with what was left out before, if only spaces and punctuation are between them
    private void Leave(string sentence, int start, int end)
    {
        if (_unspoken.Count > 0 && sentence.AsSpan(_unspoken[^1].End, start - _unspoken[^1].End).IndexOfAnyExcept(Between) < 0) _unspoken[^1] = (_unspoken[^1].Start, end);
        else _unspoken.Add((start, end));
        if (_text.Length > 0 && _text[^1] != ' ') Put(' ', start);
    }
}
