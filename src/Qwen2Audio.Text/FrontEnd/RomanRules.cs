using System.Collections.Frozen;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Roman numerals, where the words around them say that they are numbers.</summary>
internal static class RomanRules
{
    private static readonly FrozenSet<string> Rulers = Set("""
        Henry Louis Elizabeth George Edward Richard William Charles James Mary John Paul Pius Benedict Gregory Clement Innocent Leo Urban Alexander Nicholas Catherine Peter Frederick Philip Ferdinand Napoleon Ramses Ramesses
        Ptolemy Otto Wilhelm Francis Victoria Olaf Harald Christian Gustav Haakon Carl Alfonso Juan Joseph Ivan Constantine Darius Xerxes Cyrus Artaxerxes Mehmed Murad Suleiman Selim Maximilian Leopold Rudolf Sixtus Julius
        Boniface Celestine Adrian Martin Eugene Stephen Margaret Christina Isabella Robert David Kenneth Albert Baudouin Philippe Umberto Victor Emmanuel Pedro Rama Menelik Theodosius Justinian Baldwin Ernst August
        """);

    private static readonly FrozenSet<string> Numbered = Set("""
        War Chapter Part Act Scene Volume Book Type Class Phase Section Article Appendix Level Stage Bowl Rocky Fantasy Apollo Mark Title Vatican Grade Figure Table Division Unit Lesson Season Episode Round Group Quarter Category Vol Ch Fig Sec Art No Nos Figs
        chapter part act scene volume book type class phase section article appendix level stage figure table division unit lesson season episode round group category page pages vol ch fig sec art no
        """);

    /// <summary>The words of a numeral; null if the text is none.</summary>
    /// <param name="reading">The sentence, whose next characters are the text.</param>
    /// <param name="text">The letters.</param>
    /// <param name="end">Where they end.</param>
    public static string? Words(Reading reading, string text, int end)
    {
        if (text.Length > 9 || text.Any(c => c is not ('I' or 'V' or 'X' or 'L' or 'C' or 'D' or 'M' or 'i' or 'v' or 'x')) || text is "C" or "D" or "L" or "M" || reading[reading.At - 1] is not (' ' or '\0')) return null;
        var isLower = char.IsAsciiLetterLower(text[0]);
        var value = RomanNumeral.Value(isLower ? text.ToUpperInvariant() : text);
        var (before, after) = (reading.WordBefore(reading[reading.At - 2] == '.' ? reading.At - 2 : reading.At), reading.WordAfter(end));
        if (value == 0 || (isLower && text.Any(char.IsAsciiLetterUpper))) return null;
        if (Numbered.Contains(before) && !(text == "I" && char.IsAsciiLetterLower(before[0]))) return NumberWords.Cardinal(value);
        if (isLower) return null;
        if (after is "century" or "centuries" && text.Length > 1) return NumberWords.Ordinal(value);
        if (before.Length < 2 || !char.IsAsciiLetterUpper(before[0])) return text == "II" || text.Length > 4 || (text.Length > 2 && text.All(c => c is 'I' or 'V' or 'X')) ? NumberWords.Cardinal(value) : null;
        var title = reading.WordBefore(Math.Max(0, reading.At - 1 - before.Length));
        if (Rulers.Contains(before) || title is "King" or "Queen" or "Pope" or "Emperor" or "Tsar" or "Czar" or "Sultan" or "Kaiser")
            return text != "I" || IsName(after, reading[end]) ? $"the {NumberWords.Ordinal(value)}" : null;
        if (text.Length > 4) return NumberWords.Cardinal(value);
        if (text.Length < 2 || text.Any(c => c is not ('I' or 'V' or 'X')) || before.All(char.IsAsciiLetterUpper)) return null;
        return value is 2 or 3 or 4 && title.Length > 1 && char.IsAsciiLetterUpper(title[0]) ? $"the {NumberWords.Ordinal(value)}" : NumberWords.Cardinal(value);
    }

    // the pronoun would be followed by a verb of its own
    private static bool IsName(string after, char next) => next != ' ' || after.Length == 0 || after is "of" or "was" or "is" or "became" or "ruled" or "reigned" or "died" or "and" or "had" or "who" or "in" or "the" or "to" or "from" or "by";

    private static FrozenSet<string> Set(string words) => words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
}
