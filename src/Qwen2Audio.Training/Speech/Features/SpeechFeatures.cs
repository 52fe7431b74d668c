using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Mel;

namespace Qwen2Audio.Training.Speech.Features;

/// <summary>Computes the recogniser's training features from samples, before normalisation.</summary>
internal static class SpeechFeatures
{
    /// <summary>Features of a clip with any rate and number of channels: 16 kHz, mono, peak 0.5, log-mel relative to its maximum.</summary>
    /// <exception cref="ArgumentException">There are no samples, or a sample is not finite.</exception>
    public static MelFrames Compute(AudioClip clip)
    {
        var prepared = AudioPreparation.Prepare(clip);
        if (prepared.Samples.Length == 0) throw new ArgumentException("The clip has no samples.", nameof(clip));
        var mel = ClipLogMel.Compute(prepared.Samples, MelFrames.Bins);
        return new MelFrames(mel.Values, mel.Floor);
    }
}
