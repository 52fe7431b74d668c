namespace Qwen2Audio.Tasks.Hearing;

/// <summary>Cuts long audio into pieces at its quietest places.</summary>
internal static class PauseSplitter
{
    private const int Smoothing = 20;           // figures of 10 ms around a cut
    private const double LeastShare = 0.4;      // a piece is at least this share of the longest one

    /// <summary>
    /// First samples of the pieces and the number of samples at the end. No piece is longer than <paramref name="longest"/> samples;
    /// <paramref name="inSound"/> receives the cuts (in samples) that had to be made where the audio is not quiet.
    /// </summary>
    public static int[] Split(SoundLevels levels, int samples, int sampleRate, int longest, List<int> inSound)
    {
        List<int> starts = [0];
        var step = Math.Max(1, (int)(sampleRate * SoundLevels.Step));
        while (samples - starts[^1] > longest)
        {
            var start = starts[^1];
            var cut = levels.Quietest((int)((start + longest * LeastShare) / step) + 1, (start + longest) / step, Smoothing);
            if (levels[cut] > levels.Threshold) inSound.Add(cut * step);
            starts.Add(Math.Clamp(cut * step, start + 1, start + longest));
        }

        starts.Add(samples);
        return [.. starts];
    }
}
