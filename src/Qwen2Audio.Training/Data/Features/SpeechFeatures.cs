using Qwen2Audio.Audio;

namespace Qwen2Audio.Training.Data;

/// <summary>From samples to the features that the recogniser is trained on, before the division by their spread.</summary>
public static class SpeechFeatures
{
    private const double SilentPower = -10;
    private static readonly LogMelOptions Options = new() { Bins = MelFrames.Bins, PadTo = null, Scale = LogMelScale.Log10 };

    /// <summary>Features of a clip at any rate and with any number of channels: 16 kHz, mono, peak 0.5, log-mel under its maximum.</summary>
    /// <exception cref="ArgumentException">No samples, or a sample is not finite.</exception>
    public static MelFrames Compute(AudioClip clip)
    {
        var prepared = AudioPreparation.Prepare(clip);
        if (prepared.Samples.Length == 0) throw new ArgumentException("The clip has no samples.", nameof(clip));
        var scale = PeakLevel.Scale(prepared.Samples);
        var samples = new float[prepared.Samples.Length];
        for (var i = 0; i < samples.Length; i++) samples[i] = prepared.Samples[i] * scale;
        var mel = LogMel.Compute(samples, Options);
        var frames = new MelFrames(mel.Values, (float)Math.Max(MelFrames.Lowest, SilentPower - mel.Largest));
        frames.Level();
        return frames;
    }
}
