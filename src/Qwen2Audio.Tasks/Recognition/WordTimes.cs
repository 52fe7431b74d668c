using Qwen2Audio.Tasks.Clips;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>
/// Extends the few rows in which the CTC head emits a word to the word's whole duration: to the pause on each side or, if
/// two words meet without a pause, to the quietest place shortly before the later word's rows. The CTC head emits a word soon after it begins.
/// </summary>
internal static class WordTimes
{
    private const double Furthest = 0.6; // maximum seconds by which a word extends beyond its rows
    private const double Lag = 0.07; // seconds from a word's start to its first row, measured on synthetic speech
    private const double Closure = 0.12; // maximum seconds of quiet within a word (closure of a stop); longer is a pause
    private const double Around = 0.03; // seconds on each side in which to look for the quietest place

    /// <summary>
    /// [Start, End) of each word in seconds, in order, without overlap, within 0…duration. <paramref name="cores"/> are the times of
    /// the rows that emit the words, in order.
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
        var latest = Math.Max(end, start - Lag + Around);
        var (from, to) = ((int)(Math.Max(end, start - Lag - Around) / SoundLevels.Step), (int)(latest / SoundLevels.Step));
        return levels.Count == 0 || to <= from ? Math.Max(end, start - Lag) : Math.Clamp(levels.Quietest(from, to, 3) * SoundLevels.Step, end, latest);
    }

    private static double Reach(double from, double limit, int direction, SoundLevels levels)
    {
        var i = (int)Math.Round(from / SoundLevels.Step);
        var sound = i;
        while ((direction < 0 ? i * SoundLevels.Step > limit : i * SoundLevels.Step < limit) && Math.Abs(i - sound) <= Closure / SoundLevels.Step)
        {
            var next = direction < 0 ? i - 1 : i;
            if (next < 0 || next >= levels.Count) break;
            i += direction;
            if (levels[next] >= levels.Threshold) sound = i;
        }

        i = sound;
        var reached = i * SoundLevels.Step;
        return direction < 0 ? Math.Clamp(reached, Math.Min(limit, from), from) : Math.Clamp(reached, from, Math.Max(limit, from));
    }
}
