namespace Qwen2Audio.Tasks.Hearing;

/// <summary>
/// Widens the few rows in which the CTC head names a word to the time in which it is heard: up to the pause on each side or, where
/// two words meet without one, to the quietest place between them.
/// </summary>
internal static class WordTimes
{
    private const double Furthest = 0.6; // seconds that a word may reach beyond its rows

    /// <summary>
    /// [Start, End) in seconds of each word, in order, without overlap, within 0…duration. <paramref name="cores"/> are the seconds of
    /// the rows that name the words, in order.
    /// </summary>
    public static (double Start, double End)[] Widen(IReadOnlyList<(double Start, double End)> cores, SoundLevels levels, double duration)
    {
        var times = new (double Start, double End)[cores.Count];
        for (var i = 0; i < times.Length; i++)
        {
            var (start, end) = cores[i];
            var before = i == 0 ? 0 : Meeting(cores[i - 1].End, start, levels);
            var after = i == times.Length - 1 ? duration : Meeting(end, cores[i + 1].Start, levels);
            start = Reach(start, Math.Max(before, start - Furthest), -1, levels);
            end = Reach(end, Math.Min(after, end + Furthest), 1, levels);
            start = Math.Clamp(start, i == 0 ? 0 : times[i - 1].End, duration);
            times[i] = (start, Math.Clamp(end, start, duration));
        }

        return times;
    }

    private static double Meeting(double end, double start, SoundLevels levels)
    {
        var (from, to) = ((int)(end / SoundLevels.Step), (int)(start / SoundLevels.Step));
        return levels.Count == 0 || to <= from ? start : Math.Clamp(levels.Quietest(from, to, 5) * SoundLevels.Step, end, start);
    }

    private static double Reach(double from, double limit, int direction, SoundLevels levels)
    {
        var i = (int)Math.Round(from / SoundLevels.Step);
        while (direction < 0 ? i * SoundLevels.Step > limit : i * SoundLevels.Step < limit)
        {
            var next = direction < 0 ? i - 1 : i;
            if (next < 0 || next >= levels.Count || levels[next] < levels.Threshold) break;
            i += direction;
        }

        var reached = i * SoundLevels.Step;
        return direction < 0 ? Math.Clamp(reached, Math.Min(limit, from), from) : Math.Clamp(reached, from, Math.Max(limit, from));
    }
}
