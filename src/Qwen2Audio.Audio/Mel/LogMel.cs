using System.Numerics;

namespace Qwen2Audio.Audio.Mel;

/// <summary>
/// Whisper's log-mel spectrogram at 16 kHz: frames of 400 samples every 160, periodic Hann window, the first frame centred on sample 0,
/// reflection at both ends. Computed in double precision.
/// </summary>
public static class LogMel
{
    /// <summary>The sampling rate that the filters assume, in Hz.</summary>
    public const int SampleRate = 16000;

    private const int Hop = AudioLengths.Hop;
    private const int Centre = PowerSpectrum.Window / 2;
    private const double Floor = 1e-10;

    /// <summary>Frames that <see cref="Compute(ReadOnlySpan{float}, LogMelOptions)"/> gives for this many samples.</summary>
    public static int FrameCount(int samples, LogMelOptions options) =>
        options.PadTo is { } padded ? padded / Hop : (samples + Hop - 1) / Hop;

    /// <summary>Computes the spectrogram of mono samples at 16 kHz.</summary>
    /// <exception cref="ArgumentException">Longer than PadTo, or a sample is not finite.</exception>
    public static LogMelSpectrogram Compute(ReadOnlySpan<float> samples, LogMelOptions? options = null)
    {
        options ??= new LogMelOptions();
        var values = new float[FrameCount(samples.Length, options) * options.Bins];
        var largest = Compute(samples, options, values);
        var frames = values.Length / options.Bins;
        return new LogMelSpectrogram(values, frames, options.Bins, Math.Min(frames, (samples.Length + Hop - 1) / Hop), largest);
    }

    /// <summary>Computes into a buffer of frames × bins values, frame by frame; returns the largest log10 of the power.</summary>
    public static double Compute(ReadOnlySpan<float> samples, LogMelOptions options, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(options);
        var filters = MelFilters.Of(options.Bins);
        var frames = FrameCount(samples.Length, options);
        if (options.PadTo is { } padTo && (padTo < Hop || samples.Length > padTo))
            throw new ArgumentException($"{samples.Length} samples cannot be padded to {padTo}; PadTo must be at least the clip's length and at least {Hop}.");
        if (destination.Length != frames * options.Bins)
            throw new ArgumentException($"The destination has {destination.Length} values; {frames} frames × {options.Bins} bins are needed.");
        RequireFinite(samples);
        if (frames == 0) return Math.Log10(Floor);

        // Frames entirely in the padding are silence.
        var length = Math.Max(samples.Length, options.PadTo ?? 0);
        var sounding = (int)Math.Min(frames, ((long)samples.Length + Centre + Hop - 1) / Hop);
        var bins = options.Bins;
        var work = new MelPowerComputation(filters);
        var largest = work.Compute(samples, length, 0, sounding, destination);
        destination[(sounding * bins)..].Fill(MelPowerComputation.Silence);
        if (sounding < frames) largest = Math.Max(largest, MelPowerComputation.Silence);
        if (options.Scale == LogMelScale.Whisper) Scale(destination, largest);
        return largest;
    }

    /// <summary>The value of a padding frame's bins on Whisper's scale, for a clip with this largest log10 of the power.</summary>
    internal static float PaddingValue(double largest) => (float)((Math.Max(Math.Log10(Floor), largest - 8) + 4) / 4);

    internal static void Scale(Span<float> values, float largest)
    {
        var lowest = new Vector<float>(largest - 8);
        Vector<float> four = new(4f), quarter = new(0.25f);
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var part = values[i..];
            ((Vector.Max(new Vector<float>(part), lowest) + four) * quarter).CopyTo(part);
        }

        for (; i < values.Length; i++) values[i] = (Math.Max(values[i], largest - 8) + 4) * 0.25f;
    }

    internal static void RequireFinite(ReadOnlySpan<float> samples)
    {
        for (var i = 0; i < samples.Length; i++)
            if (!float.IsFinite(samples[i])) throw new ArgumentException($"Sample {i} is {samples[i]}; samples must be finite.");
    }
}
