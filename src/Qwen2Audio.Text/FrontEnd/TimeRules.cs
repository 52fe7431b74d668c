using System.Text.RegularExpressions;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Times of day: "10:30", "5 p.m.", "17:45:10".</summary>
internal static partial class TimeRules
{
    /// <summary>Reads a time.</summary>
    public static bool Read(Reading reading)
    {
        var match = Clock().Match(reading.Text, reading.At);
        if (!match.Success) match = Hour().Match(reading.Text, reading.At);
        if (!match.Success) return false;
        var hour = int.Parse(match.Groups["hour"].ValueSpan, CultureInfo.InvariantCulture);
        var minutes = match.Groups["minutes"].Value;
        var half = match.Groups["half"].Value.ToLowerInvariant();
        if (hour > 24 || (half.Length > 0 && hour is 0 or > 12)) return false;
        var words = NumberWords.Cardinal(hour);
        if (minutes is not ("" or "00")) words += minutes[0] == '0' ? $" oh {NumberWords.Digits(minutes[1..])}" : $" {NumberWords.Cardinal(minutes)}";
        else if (half.Length == 0) words = hour is 0 ? "midnight" : hour <= 12 ? $"{words} o'clock" : $"{words} hundred";
        if (match.Groups["seconds"] is { Success: true } seconds)
        {
            var count = int.Parse(seconds.ValueSpan, CultureInfo.InvariantCulture);
            words += $" and {NumberWords.Cardinal(count)} second{(count == 1 ? "" : "s")}";
        }

        if (half.Length > 0) words += $" {half}. m.";
        reading.Say(words, match.Index + match.Length);
        return true;
    }

    private const string HalfPattern = @"(?: ?(?<half>[AaPp])(?:\.[Mm]\.?|[Mm](?![A-Za-z])))";

    [GeneratedRegex($@"\G(?<hour>\d{{1,2}}):(?<minutes>[0-5]\d)(?::(?<seconds>[0-5]\d))?(?![\d:]){HalfPattern}?(?![A-Za-z\d])")]
    private static partial Regex Clock();

    [GeneratedRegex($@"\G(?<hour>\d{{1,2}}){HalfPattern}(?![A-Za-z\d])")]
    private static partial Regex Hour();
}
