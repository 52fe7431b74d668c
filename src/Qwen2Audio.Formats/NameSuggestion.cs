namespace Qwen2Audio.Formats;

/// <summary>Suggests known names for a misspelt one. For messages only.</summary>
public static class NameSuggestion
{
    private const int ShortestPart = 3;

    /// <summary>
    /// A known name that differs by a typing mistake (at most one letter in three; two swapped letters count as one), begins like the given one,
    /// or shares a whole word with it ("dog" for "dog bark"); null when there is none. Case is ignored.
    /// </summary>
    public static string? Find(string given, IEnumerable<string> known)
    {
        var written = given.ToLowerInvariant();
        if (written.Length < 2) return null;
        string? best = null;
        var least = int.MaxValue;
        foreach (var name in known)
        {
            if (name.Length < 2) continue;
            var distance = Distance(written, name.ToLowerInvariant());
            if (distance >= least) continue;
            (least, best) = (distance, name);
        }

        return best;
    }

    /// <summary>"; did you mean …?" as the end of a message, or nothing.</summary>
    public static string Hint(string given, IEnumerable<string> known) => Find(given, known) is { } near ? $"; did you mean {near}?" : "";

    private static int Distance(string given, string name)
    {
        var slips = EditDistance(given, name);
        if (slips <= Math.Max(1, Math.Min(given.Length, name.Length) / 3)) return slips;
        var shared = Math.Min(given.Length, name.Length) >= ShortestPart
            && (name.StartsWith(given, StringComparison.Ordinal) || SharesWord(given, name));
        return shared ? 100 + slips : int.MaxValue;
    }

    private static bool SharesWord(string given, string name)
    {
        char[] marks = [' ', '_', '-'];
        return given.Split(marks).Where(word => word.Length >= ShortestPart).Intersect(name.Split(marks), StringComparer.Ordinal).Any();
    }

    // letters left out, added, changed, or swapped with the next one
    private static int EditDistance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var least = Math.Min(rows[i - 1, j] + 1, rows[i, j - 1] + 1);
                least = Math.Min(least, rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) least = Math.Min(least, rows[i - 2, j - 2] + 1);
                rows[i, j] = least;
            }
        }

        return rows[a.Length, b.Length];
    }
}
