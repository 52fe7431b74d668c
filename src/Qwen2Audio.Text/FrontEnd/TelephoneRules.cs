using System.Text.RegularExpressions;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Telephone numbers and other numbers whose digits are read one by one, in groups.</summary>
internal static partial class TelephoneRules
{
    /// <summary>Reads a number.</summary>
    public static bool Read(Reading reading)
    {
        foreach (var pattern in (ReadOnlySpan<Regex>)[International(), American(), Local(), National(), Groups(), Lettered(), Short()])
        {
            var match = pattern.Match(reading.Text, reading.At);
            if (!match.Success || match.ValueSpan.Count("-") == match.Length) continue;
            string[] groups = [.. Digits().Matches(match.Value).Select(group => group.Value)];
            if (match.Value[0] == '+' && groups.Sum(group => group.Length) is < 7 or > 15) continue;
            var words = groups.Select((group, i) => group is "800" or "900" && i < 2 && groups.Length > 1 ? NumberWords.Cardinal(group) : NumberWords.Digits(group));
            reading.Say($"{(match.Value[0] == '+' ? "plus " : "")}{string.Join(", ", words)}", match.Index + match.Length);
            return true;
        }

        return false;
    }

    [GeneratedRegex(@"\G\+\d{1,3}(?:[ .-]?\(?\d{1,5}\)?){2,6}(?![\d,])")]
    private static partial Regex International();

    [GeneratedRegex(@"\G(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![-\d]|[.,]\d)")]
    private static partial Regex American();

    [GeneratedRegex(@"\G\d{3}-\d{4}(?![-\d]|[.,]\d)")]
    private static partial Regex Local();

    [GeneratedRegex(@"\G\(?0\d{2,4}\)? \d{3,8}(?: \d{3,4})?(?![\d,])")]
    private static partial Regex National();

    [GeneratedRegex(@"\G(?:\d+(?:-\d+){2,}|\d{4}(?: \d{4}){3})(?![-\d])")]
    private static partial Regex Groups();

    [GeneratedRegex(@"\G1-\d{3}(?=-[A-Z]{3})")]
    private static partial Regex Lettered();

    [GeneratedRegex(@"(?<=\b(?:[Cc]all|[Dd]ial(?:ed)?|[Pp]hone) )\G(?:[1-9]11|112|999|988)(?![A-Za-z\d/%]|[.,:-]\d)")]
    private static partial Regex Short();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();
}
