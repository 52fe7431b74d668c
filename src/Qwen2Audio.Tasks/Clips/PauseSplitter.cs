using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Clips;

/// <summary>Splits long audio into pieces at its quietest places.</summary>
internal static class PauseSplitter
{
    private const int Smoothing = 20;           // levels of 10 ms averaged around a cut
    private const double MinShare = 0.4;      // a piece has at least this fraction of the maximum length

    /// <summary>First sample of each piece, followed by the total number of samples. Adds a warning when the audio was split.</summary>
    public static int[] Split(SoundLevels levels, int samples, int sampleRate, int longest, List<TaskWarning> warnings)
    {
        if (samples <= longest) return [0, samples];
        var inSound = new List<int>();
        var starts = Starts(levels, samples, sampleRate, longest, inSound);
        warnings.Add(new TaskWarning("split",
            $"{(double)samples / sampleRate:F1} s of audio were split at pauses into {starts.Length - 1} pieces of at most {(double)longest / sampleRate:F1} s."));
        if (inSound.Count > 0)
        {
            var places = string.Join(", ", inSound.Select(cut => $"{(double)cut / sampleRate:F1}"));
            warnings.Add(new TaskWarning("split-in-sound", $"No pause was found at {places} s; words there may be cut."));
        }

        return starts;
    }

    /// <summary>
    /// First sample of each piece, followed by the total number of samples. No piece is longer than <paramref name="longest"/> samples;
    /// <paramref name="inSound"/> receives the cuts (in samples) where the audio is not quiet.
    /// </summary>
    public static int[] Starts(SoundLevels levels, int samples, int sampleRate, int longest, List<int> inSound)
    {
        List<int> starts = [0];
        var step = Math.Max(1, (int)(sampleRate * SoundLevels.Step));
        while (samples - starts[^1] > longest)
        {
            var start = starts[^1];
            var cut = levels.Quietest((int)((start + longest * MinShare) / step) + 1, (start + longest) / step, Smoothing);
            if (levels[cut] > levels.Threshold) inSound.Add(cut * step);
            starts.Add(Math.Clamp(cut * step, start + 1, start + longest));
        }

        starts.Add(samples);
        return [.. starts];
    }
}
