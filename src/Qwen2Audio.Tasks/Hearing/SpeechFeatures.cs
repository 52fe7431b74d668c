using Qwen2Audio.Audio;

namespace Qwen2Audio.Tasks.Hearing;

/// <summary>
/// The small models' log-mel: peak brought to a fixed level, log10 of the power not below 8 decades under the clip's largest, minus
/// that largest value, then (x − mean) / deviation of each bin. Short clips get floor on both sides, as in training.
/// </summary>
internal sealed class SpeechFeatures(FeatureSettings settings)
{
    private const float SilentPower = -10; // log10 of the least power that is told apart

    /// <summary>What the features are made by.</summary>
    public FeatureSettings Settings { get; } = settings;

    /// <summary>Frames of floor on each side of a clip of that many samples.</summary>
    public int PaddingFrames(int samples) =>
        (samples + Settings.HopLength - 1) / Settings.HopLength < Math.Round(Settings.ShortClipSeconds * Settings.SamplingRate / Settings.HopLength)
            ? (int)Math.Round(Settings.ShortClipPadding * Settings.SamplingRate / Settings.HopLength) : 0;

    /// <summary>Normalised log-mel [frames × bins] of mono samples, padding included.</summary>
    public float[] Compute(ReadOnlySpan<float> samples, out int frames)
    {
        var peak = 0f;
        foreach (var sample in samples) peak = Math.Max(peak, Math.Abs(sample));
        var scaled = new float[samples.Length];
        var factor = peak > 0 ? Settings.Peak / peak : 1;
        for (var i = 0; i < scaled.Length; i++) scaled[i] = samples[i] * factor;

        var bins = Settings.MelMean.Length;
        var mel = LogMel.Compute(scaled, new LogMelOptions { Bins = bins, PadTo = null, Scale = LogMelScale.Log10 });
        var padding = PaddingFrames(samples.Length);
        frames = mel.Frames + 2 * padding;
        var features = new float[frames * bins];
        features.AsSpan().Fill(SilentPower);
        mel.Values.AsSpan(0, mel.Frames * bins).CopyTo(features.AsSpan(padding * bins));
        var largest = (float)mel.Largest;
        for (var frame = 0; frame < frames; frame++)
        {
            var row = features.AsSpan(frame * bins, bins);
            for (var bin = 0; bin < bins; bin++)
                row[bin] = (Math.Max(row[bin] - largest, -Settings.Decades) - Settings.MelMean[bin]) / Settings.MelStd[bin];
        }

        return features;
    }
}
