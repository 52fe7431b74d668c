using System.Text.RegularExpressions;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Words and what looks like one: capitals, Roman numerals, single letters, letters with digits, capitals within words.</summary>
internal static partial class WordRules
{
    private const int ShortCapitals = 3; // letters; spelled unless they are known to be a word
    private const int MixedCapitals = 4; // letters; words with several capitals are spelled, if nothing else is known
    private const int MostChanges = 3; // between letters and digits, before a text is a code

    /// <summary>Reads a word.</summary>
    public static bool Read(Reading reading)
    {
        var end = reading.At;
        while (char.IsAsciiLetterOrDigit(reading[end]) || (reading[end] == '\'' && char.IsAsciiLetter(reading[end + 1]))) end++;
        var text = reading.Text[reading.At..end];
        if (text.Length > TextFrontEnd.MostLetters) return TooLong(reading, end);
        var apostrophe = text.LastIndexOf('\'');
        var (stem, ending) = apostrophe > 0 && text[(apostrophe + 1)..] is "s" or "S" or "d" or "ll" ? (text[..apostrophe], text[apostrophe..].ToLowerInvariant()) : (text, "");
        if (RomanRules.Words(reading, stem, end) is { } numeral) reading.Say(numeral, end);
        else if (stem.Any(char.IsAsciiDigit)) reading.Say(Mixed(stem, reading), end);
        else if (stem.Length == 1) reading.Say(Single(reading, stem, end), end);
        else if (Capitals(reading, stem) is { } capitals) reading.Say(capitals, end);
        else reading.Say(Parts(reading, stem), end);
        if (ending.Length > 0) reading.Append(ending, end);
        if (reading[end] == '\'' && !char.IsAsciiLetterOrDigit(reading[end + 1])) reading.Skip(end + 1);
        return true;
    }

    /// <summary>Letters and digits in turn: "a four", "b two b", "m p three".</summary>
    public static string Mixed(string text, Reading reading)
    {
        string[] parts = [.. LettersOrDigits().Matches(text).Select(match => match.Value)];
        if (parts.Length > 2 * MostChanges) return string.Join(' ', text.Select(c => char.IsAsciiDigit(c) ? NumberWords.Digits($"{c}") : Reading.Spelled($"{c}")));
        return string.Join(' ', parts.Select((part, i) => char.IsAsciiDigit(part[0]) ? NumberWords.Paired(part)
            : i == 1 && parts.Length == 2 && part is "M" or "bn" or "mn" ? part == "bn" ? "billion" : "million"
            : i == 1 && parts.Length == 2 && part == "p" && parts[0].Length < 3 ? parts[0] == "1" ? "penny" : "pence"
            : part.Length > 2 && (Capitals(reading, part) is { } capitals ? capitals : reading.Knows(part.ToLowerInvariant()) ? part.ToLowerInvariant() : null) is { } word ? word
            : Reading.Spelled(part)));
    }

    /// <summary>Whether letters have a vowel and are not all vowels, so that they may be read as a word.</summary>
    public static bool IsPronounceable(string word) => word.IndexOfAny(['a', 'e', 'i', 'o', 'u', 'y']) >= 0 && word.Any(c => !"aeiouy".Contains(c, StringComparison.Ordinal));

    // names of letters, but not the article and the pronoun
    private static string Single(Reading reading, string letter, int end)
    {
        if (letter == "I") return "i";
        if (letter is "n" or "N" && reading[reading.At - 1] == '\'' && reading[end] == '\'') return "and"; // rock 'n' roll
        if (letter is not ("a" or "A")) return Reading.Spelled(letter);
        var isJoined = reading[reading.At - 1] == '-' || reading[end] is '-' or '+' or '&' or ',' or ')' or ':' or ';';
        var after = reading.WordAfter(end);
        var isLetter = isJoined || (letter == "A" && reading.At > 0 && reading[reading.At - 1] == ' ' && !reading.IsAllCapitals && (after.Length == 0 || !char.IsAsciiLetterLower(after[0]) || IsLabelled(reading)) && !IsOpening(reading));
        return isLetter ? "a." : "a";
    }

    private static bool IsLabelled(Reading reading) =>
        reading.WordBefore(reading.At).ToLowerInvariant() is "vitamin" or "plan" or "grade" or "type" or "class" or "group" or "section" or "part" or "option" or "letter" or "hepatitis" or "influenza" or "exhibit" or "appendix" or "team" or "level";

    private static bool IsOpening(Reading reading) => reading[reading.At - 2] is '.' or ':' or '?' or '!' or '-' or '—' or '–' or '"' or '(';

    // null for words that are not in capitals
    private static string? Capitals(Reading reading, string stem)
    {
        var plural = stem.Length > 2 && stem[^1] == 's' && stem[..^1].All(char.IsAsciiLetterUpper);
        var letters = plural ? stem[..^1] : stem;
        if (!letters.All(char.IsAsciiLetterUpper) || letters.Length < 2) return null;
        var word = letters.ToLowerInvariant();
        var isWord = reading.IsAllCapitals || letters.Length > ShortCapitals ? reading.Knows(word) || (letters.Length > ShortCapitals + 1 && IsPronounceable(word)) : Acronyms.Emphasised.Contains(letters);
        var spoken = Acronyms.Words.TryGetValue(letters, out var known) && !(reading.IsAllCapitals && reading.Knows(word) && known != word) ? known
            : isWord && (!Acronyms.Spelled.Contains(letters) || reading.IsAllCapitals) ? word : Reading.Spelled(letters);
        return !plural ? spoken : spoken[^1] == '.' ? $"{spoken[..^1]}'s." : $"{spoken}s";
    }

    // "YouTube" and "iPhone" at their capitals, if the dictionary does not have them as they are
    private static string Parts(Reading reading, string stem)
    {
        var word = stem.ToLowerInvariant();
        var joined = word.Replace("'", "", StringComparison.Ordinal);
        if (stem.Length == 2 && reading[reading.At + 2] is '²' or '³') return Reading.Spelled(word); // mc²
        if (reading.Knows(word)) return word;
        if (word.Contains("'n'", StringComparison.Ordinal)) return word.Replace("'n'", " and ", StringComparison.Ordinal);
        if (word.Contains('\'', StringComparison.Ordinal)) return reading.Knows(joined) && joined.Length > 3 ? joined : word;
        if (stem.Length <= MixedCapitals && stem.Count(char.IsAsciiLetterUpper) > 1) return Reading.Spelled(word); // IoT
        if (stem.Skip(1).Any(char.IsAsciiLetterUpper))
        {
            string[] parts = [.. CapitalisedParts().Matches(stem).Select(match => match.Value)];
            if (parts.All(part => part.Length == 1 || part.All(char.IsAsciiLetterUpper) || reading.Knows(part.ToLowerInvariant())))
                return string.Join(' ', parts.Select(part => part.Length == 1 ? Reading.Spelled(part) : Capitals(reading, part) ?? part.ToLowerInvariant()));
        }

        if (!IsPronounceable(word) && word.All(c => !"aeiouy".Contains(c, StringComparison.Ordinal)) && word is not ("hmm" or "mm" or "shh" or "psst" or "pst" or "brr")) return Reading.Spelled(word);
        return Stretched().IsMatch(word) && Short(reading, word) is { } shorter ? shorter : word;
    }

    // "sooo" is "so"
    private static string? Short(Reading reading, string word)
    {
        var (one, two) = (Stretched().Replace(word, "$1"), Stretched().Replace(word, "$1$1"));
        if (one.Length > 2 && reading.Knows(two)) return two;
        return reading.Knows(one) ? one : null;
    }

    private static bool TooLong(Reading reading, int end)
    {
        reading.Unspoken.Add((reading.At, end));
        reading.Skip(end);
        return true;
    }

    [GeneratedRegex(@"[A-Za-z]+|\d+")]
    private static partial Regex LettersOrDigits();

    [GeneratedRegex(@"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z]")]
    private static partial Regex CapitalisedParts();

    [GeneratedRegex(@"([a-z])\1{2,}")]
    private static partial Regex Stretched();
}
