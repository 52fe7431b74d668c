using Qwen2Audio.Audio;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Training.Data.Sources;

namespace Qwen2Audio.Training.Codec;

/// <summary>A recording at the level of <see cref="ActiveLevel"/>, as 16-bit samples.</summary>
/// <param name="Row">Its row.</param>
/// <param name="Samples">Full scale 32768.</param>
internal sealed record CodecClip(ManifestRow Row, short[] Samples)
{
    private const float FullScale = 32768;

    /// <summary>Reads a recording as mono; null, with the reason, when it is unusable.</summary>
    public static CodecClip? Read(Recording recording, int sampleRate, out string reason)
    {
        if (recording.TryRead(out reason) is not { } clip) return null;
        try
        {
            var samples = AudioPreparation.Prepare(clip, sampleRate).Samples.ToArray();
            ActiveLevel.Normalise(samples, sampleRate);
            if (samples.Length > 0)
                return new CodecClip(recording.Row, [.. samples.Select(sample => (short)Math.Clamp(MathF.Round(sample * FullScale), short.MinValue, short.MaxValue))]);
            reason = $"{recording.Row.Path}: it has no samples.";
        }
        catch (ArgumentException exception)
        {
            reason = $"{recording.Row.Path}: {MessageText.Reason(exception)}";
        }

        return null;
    }

    /// <summary>Copies samples from an offset, times a gain.</summary>
    public void CopyTo(int from, Span<float> target, float gain)
    {
        gain /= FullScale;
        for (var i = 0; i < target.Length; i++) target[i] = gain * Samples[from + i];
    }
}
