namespace Qwen2Audio.Text;

/// <summary>
/// Sorts long runs of combining marks into canonical order, which preserves every normalisation form. .NET's normalisation sorts a run in
/// quadratic time: 100,000 marks would take seconds. .NET does not expose combining classes, so they are compared by normalising pairs of
/// marks.
/// </summary>
internal static class CombiningMarkOrder
{
    private const int LongRun = 64;

    // the marks of the lowest and the highest combining class
    private static readonly Rune Lowest = new(0x0334);
    private static readonly Rune Highest = new(0x0345);

    /// <summary>The text with its runs of more than 64 marks sorted; usually the text itself.</summary>
    public static string OfLongRuns(string text)
    {
        StringBuilder? result = null;
        var copied = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (!IsMark(text, i)) continue;
            var end = i;
            while (end < text.Length && IsMark(text, end)) end += char.IsHighSurrogate(text[end]) ? 2 : 1;
            if (end - i > LongRun)
            {
                result ??= new StringBuilder(text.Length);
                result.Append(text, copied, i - copied).Append(Sorted(text[i..end]));
                copied = end;
            }

            i = end;
        }

        return result is null ? text : result.Append(text, copied, text.Length - copied).ToString();
    }

    private static string Sorted(string run)
    {
        var decomposed = new Dictionary<Rune, Rune[]>();
        var marks = new List<Rune>(run.Length);
        foreach (var mark in run.EnumerateRunes())
        {
            if (!decomposed.TryGetValue(mark, out var parts))
                decomposed[mark] = parts = [.. mark.ToString().Normalize(NormalizationForm.FormD).EnumerateRunes()];
            marks.AddRange(parts);
        }

        var classes = Classes(marks.Distinct());
        var result = new StringBuilder(run.Length);
        for (var start = 0; start < marks.Count;)
        {
            // marks of class 0 keep their place, and no other mark moves past them
            var end = start;
            while (end < marks.Count && classes[marks[end]] > 0) end++;
            foreach (var mark in marks[start..end].OrderBy(mark => classes[mark])) result.Append(mark);
            if (end < marks.Count) result.Append(marks[end]);
            start = end + 1;
        }

        return result.ToString();
    }

    /// <summary>A number for each mark in the order of its combining class; 0 for class 0.</summary>
    private static Dictionary<Rune, int> Classes(IEnumerable<Rune> marks)
    {
        var levels = new List<List<Rune>>();
        var classes = new Dictionary<Rune, int>();
        foreach (var mark in marks)
        {
            classes[mark] = 0;
            if (!IsAfter(Highest, mark) && !IsAfter(mark, Lowest)) continue;
            var (low, high) = (0, levels.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (IsAfter(mark, levels[middle][0])) low = middle + 1;
                else high = middle;
            }

            if (low < levels.Count && !IsAfter(levels[low][0], mark)) levels[low].Add(mark);
            else levels.Insert(low, [mark]);
        }

        for (var level = 0; level < levels.Count; level++)
            foreach (var mark in levels[level]) classes[mark] = level + 1;
        return classes;
    }

    /// <summary>Whether both marks have a class and the first one's is higher.</summary>
    private static bool IsAfter(Rune first, Rune second) =>
        first != second && string.Equals($"{first}{second}".Normalize(NormalizationForm.FormD), $"{second}{first}", StringComparison.Ordinal);

    private static bool IsMark(string text, int at) =>
        text[at] >= '\u0300' && CharUnicodeInfo.GetUnicodeCategory(text, at) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
