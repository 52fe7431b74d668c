namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Everything that is neither a word nor a number: punctuation is a pause or nothing, other symbols are named, and mark-up is left out with a warning.</summary>
internal static class SymbolRules
{
    private const int LongestRun = 3; // of the same symbol; more of them are a line or an ornament

    /// <summary>Reads at least one character.</summary>
    public static void Read(Reading reading)
    {
        var (at, c) = (reading.At, reading[reading.At]);
        var end = at + 1;
        while (reading[end] == c) end++;
        var (before, after) = (reading[at - 1], reading[end]);
        var isJoined = char.IsAsciiLetterOrDigit(before) && char.IsAsciiLetterOrDigit(after);
        switch (c)
        {
            case '"' or '\'':
                reading.Skip(end);
                break;
            case '-' or '–' when end == at + 1 && IsAfterNumber(reading) && (char.IsAsciiDigit(after) || Symbols.Name(after) is "dollar" or "pound" or "euro"):
                reading.Say("to", end);
                break;
            case '-' when end == at + 1 && before == ' ' && after == ' ' && reading.IsEquation:
                reading.Say("minus", end);
                break;
            case '-' when end == at + 1 && (isJoined || (before != ' ' && before != '\0') || (after != ' ' && after != '\0')):
                reading.Skip(end);
                break;
            case '-':
                reading.Pause();
                reading.Skip(end);
                break;
            case '.' when end == at + 1 && isJoined:
                reading.Say(char.IsAsciiDigit(before) && char.IsAsciiDigit(after) ? "point" : "dot", end);
                break;
            case '.' when end == at + 1:
                reading.Skip(end);
                break;
            case ':' when end == at + 1 && char.IsAsciiDigit(before) && char.IsAsciiDigit(after):
                reading.Say("to", end);
                break;
            case '(' when reading[at + 1] == 's' && reading[at + 2] == ')' && char.IsAsciiLetter(before):
                reading.Append("s", at + 3);
                break;
            case var _ when Symbols.IsPause(c):
                reading.Pause();
                reading.Skip(end);
                break;
            case '*' when char.IsAsciiDigit(before) || (before == ' ' && after == ' ' && reading.IsEquation):
                reading.Say("times", at + 1);
                break;
            case '#' when char.IsAsciiLetter(after) && end == at + 1:
                reading.Say("hash tag", end);
                break;
            case '_' when isJoined:
                reading.Say("underscore", at + 1);
                break;
            case '*' or '_' or '`' or '#':
                Leave(reading, end);
                break;
            default:
                if (end - at > LongestRun || Symbols.Name(c) is not { } name) Leave(reading, end);
                else reading.Say(name, at + 1);
                break;
        }
    }

    // "5-10", but not "x86-64"
    private static bool IsAfterNumber(Reading reading)
    {
        var start = reading.At;
        while (char.IsAsciiDigit(reading[start - 1]) || reading[start - 1] is '.' or ',' or '%' or '°') start--;
        return start < reading.At && !char.IsAsciiLetter(reading[start - 1]);
    }

    private static void Leave(Reading reading, int end)
    {
        reading.Unspoken.Add((reading.At, end));
        reading.Skip(end);
    }
}
