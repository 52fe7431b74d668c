using Qwen2Audio.Audio.Mel;

namespace Qwen2Audio.Training.Data.Augmentations;

/// <summary>Synthetic noise: white to brown, sometimes with mains hum and slowly changing loudness.</summary>
internal static class SyntheticNoise
{
    /// <summary>Draws this many samples at 16 kHz; the loudness is arbitrary.</summary>
    public static float[] Draw(int samples, ref CounterRandom random)
    {
        var noise = new float[samples];
        var memory = random.NextDouble() is var colour && colour < 0.3 ? 0 : 1 - Math.Pow(10, -3 * colour); // of a one-pole low pass
        var hum = random.Chance(0.3) ? (random.Chance(0.5) ? 50 : 60) * 2 * Math.PI / LogMel.SampleRate : 0;
        var humHeight = random.Uniform(0.1, 1);
        var change = random.Chance(0.5) ? random.Uniform(0, 0.8) : 0;
        var (pace, phase) = (2 * Math.PI / (random.Uniform(0.15, 3) * LogMel.SampleRate), random.Uniform(0, 2 * Math.PI));
        var last = 0.0;
        var level = Math.Sqrt(1 - (memory * memory)); // the low pass reduces the standard deviation by this factor
        for (var i = 0; i < samples; i++)
        {
            last = (memory * last) + (level * random.NextGaussian());
            var value = last;
            if (hum > 0) value += humHeight * (Math.Sin(hum * i) + (0.5 * Math.Sin(3 * hum * i)));
            noise[i] = (float)(value * (1 + (change * Math.Sin((pace * i) + phase))));
        }

        return noise;
    }
}
