using System.Text.RegularExpressions;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Numbers that are no dates, times or amounts of money: cardinals, ordinals, decimals, fractions, years, dimensions, powers, numbers with units or letters.</summary>
internal static partial class NumberRules
{
    private const string Number = @"(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)";
    private const int MostCardinalDigits = 9; // of a number whose digits are not grouped

    /// <summary>Reads a number, or the sign before one.</summary>
    public static bool Read(Reading reading)
    {
        var c = reading[reading.At];
        if (!char.IsAsciiDigit(c)) return c is '.' or '\'' ? Short(reading) : Sign(reading);
        var isRead = Dotted(reading) || Fraction(reading) || Length(reading) || Dimensions(reading) || Scientific(reading) || Suffixed(reading) || Years(reading) || Mixed(reading) || Plain(reading);
        if (isRead && reading[reading.At] == '\'' && reading[reading.At + 1] == 's' && !char.IsAsciiLetterOrDigit(reading[reading.At + 2])) reading.Append("'s", reading.At + 2);
        return isRead;
    }

    private static bool Sign(Reading reading)
    {
        var (at, before, after) = (reading.At, reading[reading.At - 1], reading[reading.At + 1]);
        if (!char.IsAsciiDigit(after) && !(after == '.' && char.IsAsciiDigit(reading[at + 2])) && Symbols.Name(after) is not ("dollar" or "pound" or "euro")) return false;
        var isFree = !char.IsAsciiLetterOrDigit(before) && before is not (')' or '%' or '"' or '\'');
        var word = reading[at] switch
        {
            '-' or '−' when isFree => "minus",
            '+' when isFree => "plus",
            '~' => "about",
            '#' => "number",
            _ => null,
        };
        if (word is null) return false;
        reading.Say(word, at + 1);
        return true;
    }

    // ".5", "'99", "'90s"
    private static bool Short(Reading reading)
    {
        var match = YearsOfCentury().Match(reading.Text, reading.At);
        if (match.Success && !char.IsAsciiLetterOrDigit(reading[reading.At - 1]))
        {
            var words = DateRules.TwoDigits(match.Groups["year"].Value);
            return Said(reading, match.Groups["s"].Length > 0 ? NumberWords.Plural(words) : words, match);
        }

        match = JustDecimals().Match(reading.Text, reading.At);
        return match.Success && !char.IsAsciiLetterOrDigit(reading[reading.At - 1]) && WithUnit(reading, match.Value, match.Index + match.Length);
    }

    // addresses of computers and numbers of versions
    private static bool Dotted(Reading reading)
    {
        var match = DottedNumber().Match(reading.Text, reading.At);
        if (!match.Success) return false;
        var parts = match.Value.Split('.');
        return parts.Length == 4 && parts.All(part => part.Length <= 3)
            ? Said(reading, string.Join(" dot ", parts.Select(NumberWords.Paired)), match)
            : Said(reading, string.Join(" point ", parts.Select(NumberWords.Cardinal)), match);
    }

    private static bool Fraction(Reading reading)
    {
        var match = FractionNumber().Match(reading.Text, reading.At);
        if (!match.Success) return false;
        var (top, bottom, end) = (match.Groups["top"].Value, match.Groups["bottom"].Value, match.Index + match.Length);
        if (match.Value is "24/7" or "9/11" or "50/50") return Said(reading, $"{NumberWords.Cardinal(top)} {NumberWords.Cardinal(bottom)}", match);
        var words = NumberWords.Fraction(top, bottom);
        if (match.Groups["whole"] is { Success: true } whole) words = $"{NumberWords.Cardinal(whole.Value)} and {(top == "1" && bottom is "2" or "4" ? $"a {words[4..]}" : words)}";
        var stop = UnitRules.Read(reading, end, isOne: !match.Groups["whole"].Success, out var unit);
        reading.Say($"{words} {unit}", stop);
        return true;
    }

    // 5'10" and 12"
    private static bool Length(Reading reading)
    {
        var match = FeetAndInches().Match(reading.Text, reading.At);
        if (!match.Success || (!match.Groups["feet"].Success && reading.Text.AsSpan(0, reading.At).Count('"') % 2 == 1)) return false;
        var inches = match.Groups["inches"].Value;
        var words = $"{NumberWords.Decimal(inches)} {(inches == "1" || reading.IsAfterArticle ? "inch" : "inches")}";
        if (match.Groups["feet"] is { Success: true } feet) words = $"{NumberWords.Cardinal(feet.Value)} {(feet.Value == "1" || reading.IsAfterArticle ? "foot" : "feet")} {words}";
        return Said(reading, words, match);
    }

    private static bool Dimensions(Reading reading)
    {
        var match = ByNumber().Match(reading.Text, reading.At);
        if (!match.Success || (match.Value.Contains(" × ", StringComparison.Ordinal) && reading.IsEquation)) return false;
        var numbers = match.Groups["number"].Captures.Select(capture => capture.Value).ToArray();
        var words = string.Join(" by ", numbers.Select(NumberWords.Decimal));
        var end = UnitRules.Read(reading, match.Index + match.Length, numbers[^1] == "1", out var unit);
        reading.Say($"{words} {unit}", end);
        return true;
    }

    private static bool Scientific(Reading reading)
    {
        var match = PowerNumber().Match(reading.Text, reading.At);
        if (!match.Success) return false;
        var power = match.Groups["power"].Value;
        var exponent = $"{(power[0] is '-' or '−' ? "minus " : "")}{NumberWords.Cardinal(power.TrimStart('-', '−', '+'))}";
        var number = NumberWords.Decimal(match.Groups["number"].Value);
        return Said(reading, match.Groups["e"].Success ? $"{number} times ten to the power of {exponent}" : power is "2" or "3" ? $"{number} {(power == "2" ? "squared" : "cubed")}" : $"{number} to the power of {exponent}", match);
    }

    // "21st", "1990s", "60s"
    private static bool Suffixed(Reading reading)
    {
        var match = OrdinalNumber().Match(reading.Text, reading.At);
        if (match.Success) return Said(reading, NumberWords.Ordinal(match.Groups["number"].Value.Replace(",", "", StringComparison.Ordinal)), match);
        match = Decade().Match(reading.Text, reading.At);
        if (!match.Success) return false;
        var digits = match.Groups["number"].Value;
        if (digits.Length == 4) return Said(reading, NumberWords.Plural(DateRules.Year(digits)), match);
        var before = reading.WordBefore(reading[reading.At - 1] == '-' ? reading.At - 1 : reading.At).ToLowerInvariant();
        return before is "the" or "his" or "her" or "their" or "my" or "our" or "your" or "early" or "mid" or "late" && Said(reading, NumberWords.Plural(NumberWords.Cardinal(digits)), match);
    }

    private static bool Years(Reading reading)
    {
        var match = YearRange().Match(reading.Text, reading.At);
        if (!match.Success) return false;
        var last = match.Groups["last"].Value;
        return Said(reading, $"{DateRules.Year(match.Groups["first"].Value)} to {(last.Length == 2 ? DateRules.TwoDigits(last) : DateRules.Year(last))}", match);
    }

    // digits with letters: "221B", "3D", "10k", "5M"
    private static bool Mixed(Reading reading)
    {
        var match = DigitsAndLetters().Match(reading.Text, reading.At);
        if (!match.Success || UnitRules.Read(reading, match.Index + match.Groups["digits"].Length, false, out _) > match.Index + match.Groups["digits"].Length) return false;
        reading.Say(WordRules.Mixed(match.Value, reading), match.Index + match.Length);
        return true;
    }

    private static bool Plain(Reading reading)
    {
        var match = SpacedNumber().Match(reading.Text, reading.At);
        if (match.Success) return WithUnit(reading, match.Value.Replace(" ", "", StringComparison.Ordinal), match.Index + match.Length);
        match = AnyNumber().Match(reading.Text, reading.At);
        var (text, end) = (match.Value, match.Index + match.Length);
        if (text.All(char.IsAsciiDigit))
        {
            if (text.Length is 3 or 4 && IsHouseNumber(reading, end)) return Said(reading, NumberWords.Paired(text), match);
            if (text.Length == 4 && IsYear(reading, text, end)) return Said(reading, DateRules.Year(text), match);
            if (text.Length == 5 && StateBefore().IsMatch(reading.Text[Math.Max(0, reading.At - 4)..reading.At])) return Said(reading, NumberWords.Digits(text), match);
            if (text.Length > MostCardinalDigits && !text.EndsWith("000000", StringComparison.Ordinal)) return Said(reading, NumberWords.Digits(text), match);
        }

        return WithUnit(reading, text, end);
    }

    private static bool WithUnit(Reading reading, string number, int end)
    {
        var stop = UnitRules.Read(reading, end, number == "1" || reading.IsAfterArticle, out var unit);
        reading.Say($"{NumberWords.Decimal(number)} {unit}", stop);
        return true;
    }

    private static bool IsHouseNumber(Reading reading, int end) => Street().IsMatch(reading.Text, end);

    private static bool IsYear(Reading reading, string text, int end)
    {
        var year = int.Parse(text, CultureInfo.InvariantCulture);
        if (year is < 1100 or > 2099 || UnitRules.Read(reading, end, false, out _) > end) return false;
        if (reading[end] == '-' && char.IsAsciiLetter(reading[end + 1])) return true;
        var before = reading.WordBefore(reading.At).ToLowerInvariant();
        if (before is "in" or "since" or "by" or "until" or "till" or "of" or "from" or "year" or "before" or "after" or "circa" or "early" or "late" or "spring" or "summer" or "autumn" or "fall" or "winter") return true;
        var after = reading.WordAfter(end);
        var isCount = after is "people" or "men" or "women" or "children" or "and" or "or" or "percent" or "million" or "billion" || (after.Length > 3 && after[^1] == 's' && char.IsAsciiLetterLower(after[0]) && after is not ("this" or "does" or "miss" or "less" or "across" or "towards" or "unless"));
        return !isCount || (after is "and" or "or" && year >= 1700);
    }

    private static bool Said(Reading reading, string words, Match match)
    {
        reading.Say(words, match.Index + match.Length);
        return true;
    }

    [GeneratedRegex(@"\G'(?<year>\d{2})(?<s>s)?(?![A-Za-z\d'])")]
    private static partial Regex YearsOfCentury();

    [GeneratedRegex(@"\G\.\d+")]
    private static partial Regex JustDecimals();

    [GeneratedRegex(@"\G\d+(?:\.\d+){2,}(?![A-Za-z\d])")]
    private static partial Regex DottedNumber();

    [GeneratedRegex(@"\G(?:(?<whole>\d+)[ -])?(?<top>\d+)/(?<bottom>\d+)(?!\d|/|[.,]\d)")]
    private static partial Regex FractionNumber();

    [GeneratedRegex(@"\G(?:(?<feet>\d+)' ?)?(?<inches>\d+(?:\.\d+)?)(?:""|'')(?![A-Za-z\d])")]
    private static partial Regex FeetAndInches();

    [GeneratedRegex($@"\G(?<number>{Number})(?: ?[x×] ?(?<number>{Number}))+(?![A-WYZa-wyz\d]*\d)")]
    private static partial Regex ByNumber();

    [GeneratedRegex($@"\G(?<number>{Number})(?:(?<e>[eE])(?<power>[-−+]?\d+)|\^(?<power>[-−]?\d+))(?![A-Za-z\d])")]
    private static partial Regex PowerNumber();

    [GeneratedRegex(@"\G(?<number>\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th|ST|ND|RD|TH)(?![A-Za-z\d])")]
    private static partial Regex OrdinalNumber();

    [GeneratedRegex(@"\G(?<number>\d{3}0|[2-9]0)'?s(?![A-Za-z\d])")]
    private static partial Regex Decade();

    [GeneratedRegex(@"\G(?<first>1[1-9]\d{2}|20\d{2})[-–](?<last>1[1-9]\d{2}|20\d{2}|\d{2})(?![A-Za-z\d%°]|[-–/.,]\d)")]
    private static partial Regex YearRange();

    [GeneratedRegex(@"\G(?<digits>\d+)[A-Za-z][A-Za-z\d]*")]
    private static partial Regex DigitsAndLetters();

    [GeneratedRegex(@"\G[1-9]\d{0,2}(?:(?: \d{3}){2,}| 000)(?![ ,.]?\d)")]
    private static partial Regex SpacedNumber();

    [GeneratedRegex($@"\G{Number}")]
    private static partial Regex AnyNumber();

    [GeneratedRegex(@"\G(?:[A-Za-z](?![A-Za-z]))? (?:[NSEW]\.? )?(?:[A-Z][a-z]+\.? ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Way|Court|Ct|Place|Pl|Square|Sq|Highway|Hwy|Parkway|Pkwy|Terrace)\b")]
    private static partial Regex Street();

    [GeneratedRegex(@"[A-Z]{2} $")]
    private static partial Regex StateBefore();
}
