namespace Qwen2Audio.Formats.Alignments;

/// <summary>Alignments in the forms that other programs read.</summary>
public static class AlignmentText
{
    /// <summary>The heading of <see cref="Table"/>.</summary>
    public const string Heading = "path\tword\tphone\tstart\tend\n";

    /// <summary>A tab-separated row for each phone: path, word, phone, start and end in seconds.</summary>
    public static string Table(AlignedClip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var text = new StringBuilder();
        foreach (var word in clip.Words)
            foreach (var (phone, start, end) in word.Phones)
                text.Append(CultureInfo.InvariantCulture, $"{clip.Path}\t{word.Text}\t{phone}\t{start:0.000}\t{end:0.000}\n");
        return text.ToString();
    }

    /// <summary>A TextGrid of Praat (long text format) with the interval tiers "words" and "phones"; silence is an empty interval.</summary>
    public static string TextGrid(AlignedClip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var text = new StringBuilder("File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\n");
        text.Append(CultureInfo.InvariantCulture, $"xmin = 0\nxmax = {clip.Seconds:R}\ntiers? <exists>\nsize = 2\nitem []:\n");
        Tier(text, 1, "words", clip.Seconds, clip.Words.Select(word => (word.Text, word.Start, word.End)));
        Tier(text, 2, "phones", clip.Seconds, clip.Words.SelectMany(word => word.Phones).Select(phone => (phone.Phone, phone.Start, phone.End)));
        return text.ToString();
    }

    private static void Tier(StringBuilder text, int number, string name, double seconds, IEnumerable<(string Text, double Start, double End)> spoken)
    {
        var intervals = new List<(string Text, double Start, double End)>();
        var last = 0.0;
        foreach (var (label, start, end) in spoken)
        {
            if (start > last) intervals.Add(("", last, start));
            intervals.Add((label, start, end));
            last = end;
        }

        if (last < seconds) intervals.Add(("", last, seconds));
        text.Append(CultureInfo.InvariantCulture, $"    item [{number}]:\n        class = \"IntervalTier\"\n        name = \"{name}\"\n        xmin = 0\n        xmax = {seconds:R}\n        intervals: size = {intervals.Count}\n");
        for (var i = 0; i < intervals.Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"        intervals [{i + 1}]:\n            xmin = {intervals[i].Start:R}\n            xmax = {intervals[i].End:R}\n            text = \"{intervals[i].Text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n");
    }
}
