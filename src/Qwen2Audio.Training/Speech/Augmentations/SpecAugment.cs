using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Speech.Augmentations;

/// <summary>SpecAugment on log-mel features with any number of bins: masked values are set to the clip's mean.</summary>
internal static class SpecAugment
{
    /// <summary>Masks frequency bands and stretches of time in place.</summary>
    public static void Apply(Span<float> values, int bins, SpecAugmentOptions options, ref CounterRandom random)
    {
        if (bins < 1 || values.Length % bins != 0) throw new ArgumentException($"{values.Length} values are not a whole number of frames of {bins}.", nameof(values));
        if (values.IsEmpty) return;
        var frames = values.Length / bins;
        var sum = 0.0;
        foreach (var value in values) sum += value;
        var mean = (float)(sum / values.Length);
        for (var band = 0; band < options.Bands; band++)
        {
            var width = random.NextInt(Math.Min(options.WidestBand, bins) + 1);
            var start = random.NextInt(bins - width + 1);
            for (var frame = 0; frame < frames; frame++) values.Slice((frame * bins) + start, width).Fill(mean);
        }

        for (var mask = 0; mask < 1 + (frames / options.FramesPerTimeMask); mask++)
        {
            // at most a fifth of a short clip: a digit has 30 frames
            var length = random.NextInt(Math.Min(options.LongestTimeMask, frames / 5) + 1);
            var start = random.NextInt(frames - length + 1);
            values.Slice(start * bins, length * bins).Fill(mean);
        }
    }
}
