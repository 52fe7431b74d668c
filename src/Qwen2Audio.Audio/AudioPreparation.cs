namespace Qwen2Audio.Audio;

/// <summary>Brings audio into the form that models take.</summary>
public static class AudioPreparation
{
    /// <summary>One channel at the given rate: channels are averaged, then resampled; each step adds a warning to the clip's own.</summary>
    public static AudioClip Prepare(AudioClip clip, int sampleRate = LogMel.SampleRate)
    {
        ArgumentNullException.ThrowIfNull(clip);
        if (clip.Channels == 1 && clip.SampleRate == sampleRate) return clip;
        List<AudioWarning> warnings = [.. clip.Warnings];
        float[] samples = clip.Samples;
        if (clip.Channels > 1)
        {
            samples = Average(samples, clip.Channels);
            warnings.Add(new AudioWarning(AudioWarningCode.DownMixed, $"{clip.Channels} channels are averaged into one."));
        }
        if (clip.SampleRate != sampleRate)
        {
            samples = Resampler.Resample(samples, clip.SampleRate, sampleRate);
            warnings.Add(new AudioWarning(AudioWarningCode.Resampled, $"Resampled from {clip.SampleRate} to {sampleRate} Hz."));
        }
        return new AudioClip(samples, sampleRate, 1, warnings) { Encoding = clip.Encoding };
    }

    private static float[] Average(ReadOnlySpan<float> samples, int channels)
    {
        float[] mono = new float[samples.Length / channels];
        for (int i = 0; i < mono.Length; i++)
        {
            double sum = 0;
            foreach (float sample in samples.Slice(i * channels, channels)) sum += sample;
            mono[i] = (float)(sum / channels);
        }
        return mono;
    }
}
