using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Audio.Resampling;

namespace Qwen2Audio.Training.Data.Augmentations;

/// <summary>
/// Augments waveforms (mono, 16 kHz) by cropping, speed, noise and gain, in this order. The result is a pure function of
/// (seed, sample, epoch, clip), independent of threads and earlier draws. Thread-safe.
/// </summary>
internal sealed class WaveAugmentation
{
    private const int Rate = LogMel.SampleRate;
    private const ulong Stream = 0x77617665;
    private readonly WaveAugmentationOptions _options;
    private readonly NoiseClips? _noise;
    private readonly ulong _seed;

    /// <summary>Creates an augmentation.</summary>
    /// <param name="options">What is applied, and how often.</param>
    /// <param name="seed">The random seed.</param>
    /// <param name="noise">Recorded noise, if the options use it.</param>
    /// <exception cref="ArgumentException">An option is out of range, or noise is missing.</exception>
    public WaveAugmentation(WaveAugmentationOptions options, long seed, NoiseClips? noise = null)
    {
        if (options.Problems("augmentation").FirstOrDefault() is { } problem) throw new ArgumentException(problem, nameof(options));
        if (options.Noise > 0 && noise is null) throw new ArgumentException("The options use recorded noise, but none was given.", nameof(noise));
        (_options, _seed, _noise) = (options, (ulong)seed ^ Stream, noise);
    }

    /// <summary>Number of samples that <see cref="Apply"/> returns for a clip of this length.</summary>
    public int Length(int samples, long sample, long epoch, int clip = 0)
    {
        var random = Random(sample, epoch, clip);
        return DrawShape(samples, ref random).Length;
    }

    /// <summary>Maximum number of samples for a clip of this length.</summary>
    public int Longest(int samples) => _options.Speed > 0 ? Math.Max(samples, _options.Speeds.Max(speed => Resized(samples, speed))) : samples;

    /// <summary>Minimum number of samples for a clip of this length.</summary>
    public int Shortest(int samples)
    {
        if (_options.Crop > 0) samples = Math.Min(samples, ShortestCrop);
        return _options.Speed > 0 ? Math.Min(samples, _options.Speeds.Min(speed => Resized(samples, speed))) : samples;
    }

    /// <summary>Returns an augmented copy.</summary>
    /// <param name="samples">Mono, 16 kHz.</param>
    /// <param name="sample">Number of the sample.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="clip">Number of the clip within the sample.</param>
    /// <exception cref="IOException">Recorded noise can no longer be read.</exception>
    public float[] Apply(ReadOnlySpan<float> samples, long sample, long epoch, int clip = 0)
    {
        var random = Random(sample, epoch, clip);
        var shape = DrawShape(samples.Length, ref random);
        var result = shape.Speed == 1 ? samples.Slice(shape.From, shape.Count).ToArray()
            : Resampler.Resample(samples.Slice(shape.From, shape.Count), SpeedRate(shape.Speed), Rate);
        var recorded = random.Chance(_options.Noise);
        var made = random.Chance(_options.Texture);
        var distance = random.Uniform(_options.NearestNoise, _options.FarthestNoise);
        var gain = random.Uniform(_options.LowestGain, _options.HighestGain);
        var isLouder = random.Chance(_options.Gain);
        if (recorded) Mix(result, _noise!.Draw(result.Length, ref random), distance);
        else if (made) Mix(result, SyntheticNoise.Draw(result.Length, ref random), distance);
        if (!isLouder) return result;
        var factor = (float)Math.Pow(10, gain / 20);
        foreach (ref var value in result.AsSpan()) value *= factor;
        return result;
    }

    /// <summary>Adds noise at a signal-to-noise ratio in dB. Nothing changes if either is silent.</summary>
    internal static void Mix(Span<float> samples, ReadOnlySpan<float> noise, double distance)
    {
        var (signal, other) = (Power(samples), Power(noise));
        if (!(signal > 0 && other > 0)) return;
        var factor = (float)Math.Sqrt(signal / other / Math.Pow(10, distance / 10));
        for (var i = 0; i < samples.Length; i++) samples[i] += factor * noise[i];
    }

    private static double Power(ReadOnlySpan<float> samples)
    {
        var sum = 0.0;
        foreach (var value in samples) sum += (double)value * value;
        return samples.IsEmpty ? 0 : sum / samples.Length;
    }

    private int ShortestCrop => Math.Max(1, (int)(_options.ShortestCrop * Rate));

    // faster playback is resampling from a higher rate
    private static int SpeedRate(double speed) => (int)Math.Round(Rate * speed);

    private static int Resized(int samples, double speed) => checked((int)Resampler.OutputLength(samples, SpeedRate(speed), Rate));

    private CounterRandom Random(long sample, long epoch, int clip)
    {
        var ofEpoch = new CounterRandom(_seed, (ulong)epoch).NextBits();
        return new CounterRandom(new CounterRandom(ofEpoch, (ulong)sample).NextBits(), (ulong)clip);
    }

    private Shape DrawShape(int samples, ref CounterRandom random)
    {
        var (from, count) = (0, samples);
        if (random.Chance(_options.Crop) && samples > ShortestCrop)
        {
            count = random.Between(ShortestCrop, samples);
            from = random.NextInt(samples - count + 1);
        }

        var speed = random.Chance(_options.Speed) ? random.Pick(_options.Speeds) : 1;
        return new Shape(from, count, speed, speed == 1 ? count : Resized(count, speed));
    }

    private readonly record struct Shape(int From, int Count, double Speed, int Length);
}
