using Qwen2Audio.Audio;

namespace Qwen2Audio.Tasks.Calibration;

/// <summary>Synthetic sounds: tones, chords, melodies, sweeps, noise and clicks. The same seed gives the same sounds.</summary>
internal static class SyntheticSounds
{
    private const int Rate = 16_000;

    /// <summary>The kinds.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["tone", "chord", "harmonic tone", "sweep", "wavering tone", "melody", "white noise", "pink noise", "brown noise", "narrow noise", "clicks", "scattered clicks"];

    /// <summary>A mono clip of a kind, 0.6 to 6 s at 16 kHz, with its peak at half of full scale.</summary>
    public static AudioClip Make(string kind, int seed)
    {
        var random = new Random(seed);
        var samples = new float[(int)(Rate * Between(random, 0.6, 6))];
        switch (kind)
        {
            case "tone": Add(samples, Pitch(random, 60, 7000), 1); break;
            case "chord":
                for (var notes = random.Next(2, 5); notes > 0; notes--) Add(samples, Pitch(random, 100, 3000), 1, Between(random, 0, 6));
                break;
            case "harmonic tone": Harmonics(samples, Between(random, 80, 800), 0); break;
            case "sweep": Sweep(samples, Pitch(random, 80, 6000), Pitch(random, 80, 6000)); break;
            case "wavering tone": Waver(samples, random); break;
            case "melody": Melody(samples, random); break;
            case "white noise": Noise(samples, random, 0); break;
            case "pink noise": Noise(samples, random, 0.85); break;
            case "brown noise": Noise(samples, random, 0.98); break;
            case "narrow noise": NarrowNoise(samples, random); break;
            case "clicks": Clicks(samples, random); break;
            case "scattered clicks":
                for (var clicks = random.Next(1, 20); clicks > 0; clicks--) samples[random.Next(samples.Length)] = (float)Between(random, 0.3, 1);
                for (var i = 0; i < samples.Length; i++) samples[i] += 0.001f * (float)Normal(random);
                break;
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, "One of: " + string.Join(", ", Kinds));
        }

        var peak = samples.Max(MathF.Abs);
        for (var i = 0; i < samples.Length; i++) samples[i] *= 0.5f / peak;
        return new AudioClip(samples, Rate, 1, []);
    }

    private static double Between(Random random, double from, double to) => from + (to - from) * random.NextDouble();

    private static double Pitch(Random random, double from, double to) => from * Math.Pow(to / from, random.NextDouble());

    private static void Add(Span<float> samples, double hertz, double level, double phase = 0, double decay = 0)
    {
        for (var i = 0; i < samples.Length; i++)
            samples[i] += (float)(level * Math.Exp(-decay * i / Rate) * Math.Sin(2 * Math.PI * hertz * i / Rate + phase));
    }

    private static void Harmonics(Span<float> samples, double hertz, double decay)
    {
        for (var k = 1; k * hertz < 7500; k++) Add(samples, k * hertz, 1.0 / k, 0, k * decay);
    }

    private static void Sweep(float[] samples, double from, double to)
    {
        double phase = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            phase += 2 * Math.PI * from * Math.Pow(to / from, (double)i / samples.Length) / Rate;
            samples[i] = (float)Math.Sin(phase);
        }
    }

    private static void Waver(float[] samples, Random random)
    {
        var (hertz, swell, vibrato, depth) = (Between(random, 200, 3000), Between(random, 1, 12), Between(random, 1, 8), Between(random, 0, 5));
        for (var i = 0; i < samples.Length; i++)
        {
            var turn = 2 * Math.PI * i / Rate;
            samples[i] = (float)((1 + Math.Sin(swell * turn)) * Math.Sin(hertz * turn + depth * Math.Sin(vibrato * turn)));
        }
    }

    private static void Melody(float[] samples, Random random)
    {
        var length = (int)(Rate * Between(random, 0.12, 0.5));
        for (var at = 0; at < samples.Length; at += length)
            Harmonics(samples.AsSpan(at, Math.Min(length, samples.Length - at)), 220 * Math.Pow(2, random.Next(0, 25) / 12.0), Between(random, 2, 6));
    }

    // 0: white; towards 1 low frequencies dominate (at 0.98 noise falls by 6 dB per octave above 50 Hz).
    private static void Noise(float[] samples, Random random, double memory)
    {
        double last = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            last = memory * last + Normal(random);
            samples[i] = (float)last;
        }
    }

    private static void NarrowNoise(float[] samples, Random random)
    {
        var turn = 2 * Math.PI * Pitch(random, 200, 5000) / Rate;
        const double radius = 0.98;
        double last = 0, before = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            (last, before) = (2 * radius * Math.Cos(turn) * last - radius * radius * before + Normal(random), last);
            samples[i] = (float)last;
        }
    }

    private static void Clicks(float[] samples, Random random)
    {
        var step = Rate / Between(random, 1, 20);
        for (double at = 0; at < samples.Length; at += step) samples[(int)at] = 1;
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
