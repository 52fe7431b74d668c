using System.Text.RegularExpressions;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Dates in words and in figures.</summary>
internal static partial class DateRules
{
    private const string MonthPattern = "(?<month>(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?))";
    private const string DayPattern = "(?<day>0?[1-9]|[12][0-9]|3[01])(?<suffix>st|nd|rd|th)?";

    private static readonly string[] Months = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
    private static readonly string[] Weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

    /// <summary>Reads a date.</summary>
    public static bool Read(Reading reading) => char.IsAsciiLetter(reading[reading.At]) ? MonthFirst(reading) : char.IsAsciiDigit(reading[reading.At]) && (Figures(reading) || DayFirst(reading));

    private static bool MonthFirst(Reading reading)
    {
        var match = MonthDay().Match(reading.Text, reading.At);
        if (match.Success && Month(match) is { } month)
        {
            var words = $"{month} {NumberWords.Ordinal(Day(match.Groups["day"]))}";
            if (match.Groups["last"] is { Success: true } last) words += $" to {NumberWords.Ordinal(Day(last))}";
            if (match.Groups["year"] is { Success: true } year) words += $"{(match.Groups["comma"].Length > 0 ? "," : "")} {Year(year.Value)}";
            reading.Say(words, match.Index + match.Length);
            return true;
        }

        match = WeekdayRange().Match(reading.Text, reading.At);
        if (match.Success)
        {
            reading.Say($"{Weekday(match.Groups["first"])} to {Weekday(match.Groups["last"])}", match.Index + match.Length);
            return true;
        }

        match = MonthYear().Match(reading.Text, reading.At);
        if (!match.Success || Month(match) is not { } alone) return false;
        reading.Say($"{alone} {Year(match.Groups["year"].Value)}", match.Index + match.Length);
        return true;
    }

    private static bool DayFirst(Reading reading)
    {
        var match = DayMonth().Match(reading.Text, reading.At);
        if (!match.Success || Month(match) is not { } month) return false;
        var day = NumberWords.Ordinal(Day(match.Groups["day"]));
        if (match.Groups["last"] is { Success: true } last) day += $" to {NumberWords.Ordinal(Day(last))}";
        var article = string.Equals(reading.WordBefore(reading.At), "the", StringComparison.OrdinalIgnoreCase) ? "" : "the ";
        var year = match.Groups["year"] is { Success: true } written ? $" {Year(written.Value)}" : "";
        reading.Say($"{article}{day} of {month}{year}", match.Index + match.Length);
        return true;
    }

    private static bool Figures(Reading reading)
    {
        var match = YearFirst().Match(reading.Text, reading.At);
        var isYearFirst = match.Success;
        if (!isYearFirst) match = YearLast().Match(reading.Text, reading.At);
        if (!match.Success) return false;
        var (first, second) = (Number(match.Groups["a"]), Number(match.Groups["b"]));
        var dayFirst = !isYearFirst && (match.Groups["separator"].Value == "." || first > 12 || (reading.Options.DayFirst && second <= 12));
        var (month, day) = dayFirst ? (second, first) : (first, second);
        if (month is < 1 or > 12 || day is < 1 or > 31) return false;
        var year = match.Groups["year"].Value;
        var spoken = year.Length == 2 ? TwoDigits(year) : Year(year);
        reading.Say($"{Months[month - 1]} {NumberWords.Ordinal(day)}, {spoken}", match.Index + match.Length);
        if (reading[reading.At] == 'T' && char.IsAsciiDigit(reading[reading.At + 1])) reading.Skip(reading.At + 1);
        return true;
    }

    /// <summary>The last two digits of a year: "ninety nine", "oh five".</summary>
    public static string TwoDigits(string digits) => digits[0] != '0' ? NumberWords.Cardinal(digits) : digits[1] == '0' ? "zero zero" : $"oh {NumberWords.Digits(digits[1..])}";

    /// <summary>A year of four digits.</summary>
    public static string Year(string digits) => digits[0] == '0' ? NumberWords.Digits(digits) : NumberWords.Year(int.Parse(digits, CultureInfo.InvariantCulture));

    // "may 5" and "march 5" in lower case are rather verbs
    private static string? Month(Match match)
    {
        var written = match.Groups["month"].Value;
        if (char.IsAsciiLetterLower(written[0]) && (written is "may" or "march" || written.Length < 4)) return null;
        return Months.First(month => month.StartsWith(written[..3], StringComparison.OrdinalIgnoreCase));
    }

    private static string Weekday(Group name) => Weekdays.First(day => day.StartsWith(name.Value[..3], StringComparison.OrdinalIgnoreCase));

    private static int Day(Group digits) => Number(digits);

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex($@"\G{MonthPattern}\.? {DayPattern}(?:[-–](?<last>[1-9]|[12][0-9]|3[01]))?(?![A-Za-z\d]|[,.:/]\d|[-–]\d)(?:(?<comma>,?) (?<year>\d{{4}})(?![\dA-Za-z]|[,.]\d))?")]
    private static partial Regex MonthDay();

    [GeneratedRegex($@"\G{MonthPattern}\.?,? (?<year>\d{{4}})(?![\dA-Za-z]|[,.]\d)")]
    private static partial Regex MonthYear();

    [GeneratedRegex($@"\G{DayPattern}(?:[-–](?<last>[1-9]|[12][0-9]|3[01]))?(?: of)?[ -]{MonthPattern}(?![A-Za-z])\.?(?:[, -] ?(?<year>\d{{4}})(?![\dA-Za-z]|[,.]\d))?")]
    private static partial Regex DayMonth();

    [GeneratedRegex(@"\G(?<first>Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\.?[-–](?<last>Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)(?![A-Za-z])\.?")]
    private static partial Regex WeekdayRange();

    [GeneratedRegex(@"\G(?<year>\d{4})(?<separator>[-/.])(?<a>\d{2})\k<separator>(?<b>\d{2})(?!\d)")]
    private static partial Regex YearFirst();

    [GeneratedRegex(@"\G(?<a>\d{1,2})(?<separator>[-/.])(?<b>\d{1,2})\k<separator>(?<year>\d{4}|(?<![-.])\d{2})(?![\d/]|[-.]\d)")]
    private static partial Regex YearLast();
}
