using System.Text.RegularExpressions;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>E-mail and web addresses, with their punctuation.</summary>
internal static partial class WebRules
{
    private static readonly HashSet<string> Words = new(["com", "org", "net", "gov", "info", "co", "dev", "app", "mil", "museum"], StringComparer.Ordinal);

    /// <summary>Reads an address.</summary>
    public static bool Read(Reading reading)
    {
        var match = Email().Match(reading.Text, reading.At);
        if (!match.Success) match = Address().Match(reading.Text, reading.At);
        if (!match.Success) match = Domain().Match(reading.Text, reading.At);
        if (!match.Success) return false;
        var address = match.Value.TrimEnd('.', ',', ';', ':', '!', '?', ')', '\'', '"');
        reading.Say(string.Join(' ', Parts().Matches(address).Select(part => Part(reading, part.Value))), reading.At + address.Length);
        return true;
    }

    private static string Part(Reading reading, string part)
    {
        if (char.IsAsciiDigit(part[0])) return part.Length <= 4 ? NumberWords.Paired(part) : NumberWords.Digits(part);
        if (!char.IsAsciiLetter(part[0])) return part == "." ? "dot" : part == "-" ? "dash" : part == ":" ? "colon" : part == "?" ? "question mark" : Symbols.Name(part[0]) ?? "";
        var word = part.ToLowerInvariant();
        if (Words.Contains(word)) return word;
        return word.Length > 2 && word != "www" && word.Length <= TextFrontEnd.MostLetters && (reading.Knows(word) || (word.Length > 3 && WordRules.IsPronounceable(word))) ? word : Reading.Spelled(word);
    }

    [GeneratedRegex(@"\G[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")]
    private static partial Regex Email();

    [GeneratedRegex(@"\G(?:(?:https?|ftp)://|www\.)[^\s<>""]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Address();

    [GeneratedRegex(@"\G(?:[A-Za-z0-9-]{1,63}\.){1,4}(?:com|org|net|edu|gov|mil|info|io|ai|dev|app|co\.uk|uk|de|fr|eu|tv|us|ly|ca|au|ch|jp)(?![A-Za-z0-9.@-]*[A-Za-z0-9@])(?:/[^\s<>""]*)?")]
    private static partial Regex Domain();

    [GeneratedRegex(@"[A-Za-z]+|\d+|[^A-Za-z\d]")]
    private static partial Regex Parts();
}
