namespace Qwen2Audio.Training.Data.Augmentations;

/// <summary>SpecAugment on log-mel features of any number of bins: what is blanked gets the clip's mean.</summary>
public static class SpecAugment
{
    private const ulong Stream = 0x73706563;

    /// <summary>Blanks bands and stretches in place, in the share of draws that the options say: a pure function of (seed, sample, epoch, clip).</summary>
    /// <param name="values">[frames × bins], frame by frame.</param>
    /// <param name="bins">Values a frame.</param>
    /// <param name="options">How much.</param>
    /// <param name="seed">Every draw depends on it.</param>
    /// <param name="sample">Number of the sample.</param>
    /// <param name="epoch">How often it was drawn before.</param>
    /// <param name="clip">Number of the clip within the sample.</param>
    public static void Apply(Span<float> values, int bins, SpecAugmentOptions options, long seed, long sample, long epoch, int clip = 0)
    {
        var ofEpoch = new CounterRandom((ulong)seed ^ Stream, (ulong)epoch).NextBits();
        var random = new CounterRandom(new CounterRandom(ofEpoch, (ulong)sample).NextBits(), (ulong)clip);
        if (random.Chance(options.Share)) Blank(values, bins, options, ref random);
    }

    /// <summary>Blanks bands and stretches in place.</summary>
    internal static void Blank(Span<float> values, int bins, SpecAugmentOptions options, ref CounterRandom random)
    {
        if (bins < 1 || values.Length % bins != 0) throw new ArgumentException($"{values.Length} values are no whole number of frames of {bins}.", nameof(values));
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

        for (var stretch = 0; stretch < 1 + (frames / options.FramesPerStretch); stretch++)
        {
            // never more than a fifth of a short clip: a digit has 30 frames
            var length = random.NextInt(Math.Min(options.LongestStretch, frames / 5) + 1);
            var start = random.NextInt(frames - length + 1);
            values.Slice(start * bins, length * bins).Fill(mean);
        }
    }
}
