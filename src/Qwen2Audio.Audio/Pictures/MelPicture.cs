using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Spectra;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Audio.Pictures;

/// <summary>A log-mel spectrogram to be drawn: time from left to right, frequency on Slaney's mel scale from the bottom up to half of the sampling rate.</summary>
public sealed class MelPicture
{
    /// <summary>Rows of the picture.</summary>
    public const int Height = 128;

    private const int Padding = 4; // the transform is longer than the window, so that low bins differ
    private const double WindowSeconds = 0.032;
    private const double HopSeconds = 0.005;
    private const float Least = 1e-7f;
    private readonly float[] _decibels; // [frames, bins]

    private MelPicture(float[] decibels, double seconds, int sampleRate) => (_decibels, Seconds, SampleRate) = (decibels, seconds, sampleRate);

    /// <summary>Columns of the picture.</summary>
    public int Width => _decibels.Length / Height;

    /// <summary>Duration in seconds.</summary>
    public double Seconds { get; }

    /// <summary>Sampling rate in Hz; the picture reaches half of it.</summary>
    public int SampleRate { get; }

    /// <summary>The largest value in dB.</summary>
    public double Loudest => _decibels.Max();

    /// <summary>The values of a column in dB, from the bottom.</summary>
    internal ReadOnlySpan<float> Levels(int column) => _decibels.AsSpan(column * Height, Height);

    /// <summary>Computes the spectrogram of a sound.</summary>
    /// <param name="samples">One channel.</param>
    /// <param name="sampleRate">In Hz.</param>
    /// <exception cref="ArgumentException">There are no samples.</exception>
    public static MelPicture Of(WorkerPool pool, ReadOnlySpan<float> samples, int sampleRate)
    {
        if (samples.IsEmpty) throw new ArgumentException("There are no samples to draw.", nameof(samples));
        var window = Math.Max(2, (int)(WindowSeconds * sampleRate));
        var stft = new Stft(window * Padding, Math.Max(1, (int)(HopSeconds * sampleRate)), window);
        var frames = stft.Frames(samples.Length);
        using var arena = new NativeArena();
        Matrix waves = arena.Allocate(1, samples.Length), filters = arena.Allocate(Height, stft.Bins), mel = arena.Allocate(frames, Height);
        Matrix spectrum = arena.Allocate(frames, 2 * stft.Bins), magnitude = arena.Allocate(frames, stft.Bins);
        samples.CopyTo(waves.Span);
        MelFilters.Weights(sampleRate, stft.Points, Height).CopyTo(filters.Span);
        stft.Magnitude(pool, waves, spectrum, magnitude);
        Gemm.Multiply(pool, magnitude, false, filters, true, mel);
        var decibels = new float[mel.Length];
        for (var i = 0; i < decibels.Length; i++) decibels[i] = 20 * MathF.Log10(Math.Max(mel.Span[i], Least));
        return new MelPicture(decibels, (double)samples.Length / sampleRate, sampleRate);
    }

    /// <summary>The picture as a PNG file.</summary>
    /// <param name="top">The value in dB with the lightest colour; larger ones have it too. Pictures that are compared need the same.</param>
    /// <param name="range">Values this many dB below are darkest.</param>
    public byte[] ToPng(double top, double range = 80)
    {
        var pixels = new byte[_decibels.Length];
        for (var frame = 0; frame < Width; frame++)
        {
            for (var bin = 0; bin < Height; bin++)
            {
                var value = (_decibels[frame * Height + bin] - top) / range + 1;
                pixels[(Height - 1 - bin) * Width + frame] = (byte)Math.Round(255 * Math.Clamp(value, 0, 1));
            }
        }

        return PngWriter.Write(Width, pixels, Colour.Scale);
    }

    /// <summary>The height of a frequency in the picture: 0 at the bottom, 1 at the top.</summary>
    public double HeightOf(double hz) => MelFilters.ToMel(hz) / MelFilters.ToMel(SampleRate / 2.0);
}
