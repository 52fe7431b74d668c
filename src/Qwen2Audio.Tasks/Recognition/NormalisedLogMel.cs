using Qwen2Audio.Audio.Mel;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>
/// The small models' log-mel: peak-normalised samples, log10 power relative to the clip's maximum, floored at −8 decades,
/// then (x − mean) / deviation for each bin. Short clips are padded with the floor on both sides, as in training.
/// </summary>
internal sealed class NormalisedLogMel(FeatureSettings settings)
{
    /// <summary>Settings of the features.</summary>
    public FeatureSettings Settings { get; } = settings;

    /// <summary>Frames of padding on each side of a clip with this many samples.</summary>
    public int PaddingFrames(int samples) =>
        (samples + Settings.HopLength - 1) / Settings.HopLength < Math.Round(Settings.ShortClipSeconds * Settings.SamplingRate / Settings.HopLength)
            ? (int)Math.Round(Settings.ShortClipPadding * Settings.SamplingRate / Settings.HopLength) : 0;

    /// <summary>Normalised log-mel [frames × bins] of mono samples, padding included.</summary>
    public float[] Compute(ReadOnlySpan<float> samples, out int frames)
    {
        var bins = Settings.MelMean.Length;
        var mel = ClipLogMel.Compute(samples, bins, Settings.Peak, Settings.Decades);
        var padding = PaddingFrames(samples.Length);
        frames = mel.Frames + 2 * padding;
        var features = new float[frames * bins];
        features.AsSpan().Fill(mel.Floor);
        mel.Values.CopyTo(features.AsSpan(padding * bins));
        Normalise(features);
        return features;
    }

    /// <summary>(x − mean) / deviation of each bin, in place.</summary>
    public void Normalise(Span<float> values)
    {
        var bins = Settings.MelMean.Length;
        for (var first = 0; first < values.Length; first += bins)
        {
            var row = values.Slice(first, bins);
            for (var bin = 0; bin < bins; bin++) row[bin] = (row[bin] - Settings.MelMean[bin]) / Settings.MelStd[bin];
        }
    }
}
