using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Speech.Features;

namespace Qwen2Audio.Training.Speech.Augmentations;

/// <summary>
/// Log-mel features of synthetic noise: digital silence, coloured noise, hum, slowly changing loudness.
/// </summary>
internal static class SyntheticNoiseMel
{
    /// <summary>Draws 0.5 to 4 s of such a sound.</summary>
    public static MelFrames Draw(ref CounterRandom random)
    {
        var frames = new MelFrames(new float[random.Between(50, 400) * MelFrames.Bins]);
        if (random.Chance(0.15)) return frames; // digital silence: every value equals the maximum
        Span<double> slopes = stackalloc double[4];
        foreach (ref var slope in slopes) slope = random.NextGaussian();
        MelAugmentation.Channel(frames, slopes);
        var modulation = random.Chance(0.5) ? random.Uniform(0, 0.8) : 0;
        var (period, phase) = (random.Uniform(15, 300), random.Uniform(0, 2 * Math.PI));
        var hum = random.Chance(0.3) ? random.NextInt(MelFrames.Bins / 2) : -1;
        var humHeight = (float)random.Uniform(0.5, 2.5);
        for (var frame = 0; frame < frames.Frames; frame++)
        {
            var values = frames.Frame(frame);
            var loudness = (float)(modulation * Math.Sin((2 * Math.PI * frame / period) + phase));
            for (var bin = 0; bin < values.Length; bin++) values[bin] += loudness + Flicker(bin, ref random);
            if (hum >= 0) values[hum] += humHeight;
        }

        frames.Level();
        return frames;
    }

    // The noise power in a bin is a mean over a few exponentially distributed spectrum lines: the more lines, the less it fluctuates.
    private static float Flicker(int bin, ref CounterRandom random)
    {
        var lines = 1 + (bin / 25);
        var sum = 0.0;
        for (var i = 0; i < lines; i++) sum -= Math.Log(1 - random.NextDouble());
        return (float)Math.Log10((sum / lines) + 1e-6);
    }
}
