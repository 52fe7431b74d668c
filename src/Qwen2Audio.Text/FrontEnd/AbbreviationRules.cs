using System.Text.RegularExpressions;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Abbreviations, by context where one has several meanings, and initials with full stops.</summary>
internal static partial class AbbreviationRules
{
    /// <summary>Reads an abbreviation.</summary>
    public static bool Read(Reading reading)
    {
        if (char.IsAsciiLetterOrDigit(reading[reading.At - 1])) return false;
        var match = Expression().Match(reading.Text, reading.At);
        if (match.Success && Abbreviations.Expressions.TryGetValue(match.Value, out var expression)) return Said(reading, expression, match.Index + match.Length);
        match = Candidate().Match(reading.Text, reading.At);
        if (!match.Success) return false;
        var (word, hasStop) = (match.Groups["word"].Value, match.Groups["stop"].Length > 0);
        var (end, wordEnd) = (match.Index + match.Length, match.Index + word.Length);
        if (Meaning(reading, word, hasStop, wordEnd, end) is { } words)
        {
            reading.Say(words, end);
            if (reading[end] == '\'' && Plural().Match(reading.Text, end) is { Success: true } possessive) reading.Append("'s", end + possessive.Length);
            return true;
        }

        match = Initials().Match(reading.Text, reading.At);
        if (!match.Success) return false;
        reading.Say(Reading.Spelled(match.Groups["letters"].Value), match.Index + match.Length);
        if (Plural().Match(reading.Text, reading.At) is { Success: true } ending) reading.Append("'s", ending.Index + ending.Length);
        return true;
    }

    private static string? Meaning(Reading reading, string word, bool hasStop, int wordEnd, int end)
    {
        var (before, after) = (reading.WordBefore(reading.At), reading.WordAfter(end));
        var isNameBefore = before.Length > 1 && char.IsAsciiLetterUpper(before[0]) && reading[reading.At - 1] == ' ';
        var isNameAfter = after.Length > 0 && char.IsAsciiLetterUpper(after[0]) && (reading[end] == ' ' || hasStop);
        switch (word)
        {
            case "St":
                return isNameBefore && !(isNameAfter && IsStarter(reading, before)) ? "street" : isNameAfter ? "saint" : hasStop ? "street" : null;
            case "Dr":
                return isNameAfter && !(isNameBefore && IsHouse(reading)) ? "doctor" : isNameBefore ? "drive" : isNameAfter || hasStop ? "doctor" : null;
            case "Mt" or "Ft":
                return isNameAfter ? word == "Mt" ? "mount" : "fort" : null;
        }

        if (IsNumber(reading, end) && Abbreviations.BeforeNumber.TryGetValue(word, out var words) && (hasStop || !char.IsAsciiLetterLower(word[0]) || word is "p" or "pp") && (hasStop || word != "No")) return words;
        if (Abbreviations.Always.TryGetValue(word, out words)) return words;
        if (hasStop && Abbreviations.WithStop.TryGetValue(word, out words) && (word.Length > 1 || reading.At > 0)) return words;
        if (!hasStop && isNameBefore && Abbreviations.InAddresses.TryGetValue(word, out words)) return words;
        if (word == "al" && before == "et") return word;
        return reading.At > 1 && reading[reading.At - 2] == ',' && !char.IsAsciiLetter(reading[wordEnd]) && !isNameAfter && Abbreviations.States.TryGetValue(word, out words) ? words : null;
    }

    private static bool IsNumber(Reading reading, int at) => char.IsAsciiDigit(reading[reading[at] == ' ' ? at + 1 : at]) || (reading[at] == ' ' && RomanNumeral.Value(reading.WordAfter(at)) > 0);

    // the first word of a sentence is capitalised without being a name
    private static bool IsStarter(Reading reading, string before) => reading.Text.AsSpan(0, reading.At).Trim().Length == before.Length;

    private static bool IsHouse(Reading reading) => HouseBefore().IsMatch(reading.Text[..reading.At]);

    private static bool Said(Reading reading, string words, int end)
    {
        reading.Say(words, end);
        return true;
    }

    [GeneratedRegex(@"\G(?:[wcn]/[oa]?|and/or|N/A|[A-Z]{1,2}(?:\+\+|#|&[A-Z])|A-Z|[A-D]-)(?![A-Za-z\d/-])")]
    private static partial Regex Expression();

    [GeneratedRegex(@"\G(?:(?<word>Mrs?|Ms|Dr|Prof|St)(?<stop>\.)(?=[A-Z])|(?<word>WW[12]|[A-Za-z]{1,8}(?:\.[A-Za-z]{1,2}){0,3})(?<stop>\.?)(?![A-Za-z\d&@]|\.[A-Za-z\d]))")]
    private static partial Regex Candidate();

    [GeneratedRegex(@"\G(?<letters>(?:[A-Za-z]\.){2,}[A-Za-z]?|[A-Z]\.(?= [A-Z]))(?![A-Za-z\d])")]
    private static partial Regex Initials();

    [GeneratedRegex(@"\G'?s(?![A-Za-z\d])")]
    private static partial Regex Plural();

    [GeneratedRegex(@"\d[A-Za-z]? (?:[A-Z][a-z]+\.? ){1,3}$")]
    private static partial Regex HouseBefore();
}
