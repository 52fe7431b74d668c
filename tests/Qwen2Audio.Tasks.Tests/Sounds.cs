using Qwen2Audio.Audio;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Made-up audio.</summary>
internal static class Sounds
{
    public static AudioClip Clip(float[] samples, int rate = 16_000, int channels = 1) => new(samples, rate, channels, []);

    public static AudioClip Silence(double seconds) => Clip(new float[(int)(seconds * 16_000)]);

    /// <summary>A tone with bursts between which it is almost silent.</summary>
    public static float[] Bursts(double seconds, Func<double, bool> loud, int rate = 16_000)
    {
        var samples = new float[(int)(seconds * rate)];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = (loud((double)i / rate) ? 0.5f : 0.001f) * MathF.Sin(2 * MathF.PI * 440 * i / rate);
        return samples;
    }

    public static AudioClip Noise(double seconds, int seed = 3)
    {
        var random = new Random(seed);
        var samples = new float[(int)(seconds * 16_000)];
        for (var i = 0; i < samples.Length; i++) samples[i] = 0.2f * (random.NextSingle() - 0.5f) * (1 + MathF.Sin(i * 0.0007f));
        return Clip(samples);
    }

    public static AudioClip Tone(double seconds) => Clip(Bursts(seconds, _ => true));
}
