using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Audio.Reading;
using Qwen2Audio.Audio.Resampling;

namespace Qwen2Audio.Audio;

/// <summary>Converts audio to the form that models take.</summary>
public static class AudioPreparation
{
    /// <summary>Converts to one channel at the given rate: channels are averaged, then resampled. Each step adds a warning to the clip's own.</summary>
    public static AudioClip Prepare(AudioClip clip, int sampleRate = LogMel.SampleRate)
    {
        ArgumentNullException.ThrowIfNull(clip);
        if (clip.Channels == 1 && clip.SampleRate == sampleRate) return clip;
        Resampler.Require(clip.SampleRate, nameof(clip));
        using var store = new SampleStore(Resampler.OutputLength(clip.Frames, clip.SampleRate, sampleRate));
        var conversion = new AudioConversion(new(clip.SampleRate, clip.Channels), new(sampleRate, 1), store.Add);
        conversion.Add(clip.Samples.AsSpan(0, clip.Frames * clip.Channels));
        conversion.Finish();
        return clip with { Samples = store.ToArray(), SampleRate = sampleRate, Channels = 1, Warnings = [.. clip.Warnings, .. conversion.Warnings] };
    }
}
