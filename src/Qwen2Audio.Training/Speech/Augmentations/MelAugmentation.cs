using Qwen2Audio.Training.Speech.Features;

namespace Qwen2Audio.Training.Speech.Augmentations;

/// <summary>Changes to log-mel features that simulate changes to the audio, returned as new frames or made in place.</summary>
internal static class MelAugmentation
{
    private const float Decade = 2.302585093f;

    /// <summary>Returns new frames: length × <paramref name="factor"/>, linearly interpolated.</summary>
    public static MelFrames Stretch(MelFrames frames, double factor)
    {
        var count = Math.Max(1, (int)Math.Round(frames.Frames * factor));
        var values = new float[count * MelFrames.Bins];
        for (var frame = 0; frame < count; frame++)
        {
            var place = Math.Clamp(((frame + 0.5) / factor) - 0.5, 0, frames.Frames - 1);
            var first = (int)place;
            var share = (float)(place - first);
            ReadOnlySpan<float> before = frames.Frame(first), after = frames.Frame(Math.Min(first + 1, frames.Frames - 1));
            var target = values.AsSpan(frame * MelFrames.Bins, MelFrames.Bins);
            for (var bin = 0; bin < target.Length; bin++) target[bin] = before[bin] + (share * (after[bin] - before[bin]));
        }

        return new MelFrames(values, frames.Floor);
    }

    /// <summary>In place: moves frequency f to f × <paramref name="factor"/>; beyond 8 kHz the last bin is repeated.</summary>
    public static void Warp(MelFrames frames, double factor)
    {
        Span<int> first = stackalloc int[MelFrames.Bins];
        Span<float> share = stackalloc float[MelFrames.Bins];
        for (var bin = 0; bin < MelFrames.Bins; bin++)
        {
            var place = Math.Clamp(MelScale.Bin(MelScale.Centre(bin) / factor), 0, MelFrames.Bins - 1);
            first[bin] = Math.Min((int)place, MelFrames.Bins - 2);
            share[bin] = (float)(place - first[bin]);
        }

        Span<float> source = stackalloc float[MelFrames.Bins];
        for (var frame = 0; frame < frames.Frames; frame++)
        {
            var target = frames.Frame(frame);
            target.CopyTo(source);
            for (var bin = 0; bin < target.Length; bin++)
                target[bin] = source[first[bin]] + (share[bin] * (source[first[bin] + 1] - source[first[bin]]));
        }
    }

    /// <summary>In place: adds a smooth curve over the bins, Σ height_i·cos(π·i·bin / 80), i from 1, to every frame.</summary>
    public static void Channel(MelFrames frames, ReadOnlySpan<double> heights)
    {
        Span<float> curve = stackalloc float[MelFrames.Bins];
        for (var bin = 0; bin < MelFrames.Bins; bin++)
        {
            var sum = 0.0;
            for (var i = 0; i < heights.Length; i++) sum += heights[i] * Math.Cos(Math.PI * (i + 1) * bin / MelFrames.Bins);
            curve[bin] = (float)sum;
        }

        for (var frame = 0; frame < frames.Frames; frame++)
        {
            var target = frames.Frame(frame);
            for (var bin = 0; bin < target.Length; bin++) target[bin] += curve[bin];
        }
    }

    /// <summary>In place: adds the power of <paramref name="noise"/>, looped from frame <paramref name="start"/>, at a signal-to-noise ratio in dB.</summary>
    public static void AddNoise(MelFrames frames, MelFrames noise, int start, double distance)
    {
        var noisePower = Power(noise.Values);
        var power = Power(frames.Values);
        var gain = (float)(MeanOf(power) / Math.Max(MeanOf(noisePower), 1e-12) * Math.Pow(10, -distance / 10));
        for (var frame = 0; frame < frames.Frames; frame++)
        {
            var target = frames.Frame(frame);
            var own = power.AsSpan(frame * MelFrames.Bins, MelFrames.Bins);
            var added = noisePower.AsSpan((start + frame) % noise.Frames * MelFrames.Bins, MelFrames.Bins);
            for (var bin = 0; bin < target.Length; bin++) target[bin] = MathF.Log10(own[bin] + (gain * added[bin]) + 1e-20f);
        }
    }

    /// <summary>In place: sets the bins from <paramref name="firstBin"/> on to the lowest value.</summary>
    public static void Cut(MelFrames frames, int firstBin)
    {
        for (var frame = 0; frame < frames.Frames; frame++) frames.Frame(frame)[firstBin..].Fill(2 * MelFrames.Lowest);
    }

    private static float[] Power(float[] values)
    {
        var power = new float[values.Length];
        for (var i = 0; i < power.Length; i++) power[i] = MathF.Exp(values[i] * Decade);
        return power;
    }

    private static double MeanOf(float[] values)
    {
        var sum = 0.0;
        foreach (var value in values) sum += value;
        return sum / values.Length;
    }
}
