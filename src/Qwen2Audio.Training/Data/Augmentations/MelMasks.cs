namespace Qwen2Audio.Training.Data;

/// <summary>SpecAugment (Park et al. 2019): random bands and stretches of time are filled with the clip's mean.</summary>
internal static class MelMasks
{
    /// <summary>Blanks bands and stretches of scaled features, in place.</summary>
    public static void Apply(Span<float> values, AugmentationOptions options, ref CounterRandom random)
    {
        var frames = values.Length / MelFrames.Bins;
        var sum = 0.0;
        foreach (var value in values) sum += value;
        var mean = (float)(sum / values.Length);
        for (var band = 0; band < options.MaskedBands; band++)
        {
            var width = random.NextInt(options.WidestBand + 1);
            var start = random.NextInt(MelFrames.Bins - width + 1);
            for (var frame = 0; frame < frames; frame++) values.Slice((frame * MelFrames.Bins) + start, width).Fill(mean);
        }

        for (var stretch = 0; stretch < 1 + (frames / 100); stretch++)
        {
            // never more than a fifth of a short clip: a digit has 30 frames
            var length = random.NextInt(Math.Min(options.LongestMask, frames / 5) + 1);
            var start = random.NextInt(frames - length + 1);
            values.Slice(start * MelFrames.Bins, length * MelFrames.Bins).Fill(mean);
        }
    }
}
