using System.Text.Json.Serialization;

namespace Qwen2Audio.Evaluation.Sound;

/// <summary>Spectral distances of audio from its reference: mel, log magnitude, spectral convergence.</summary>
/// <param name="reference">One channel.</param>
/// <param name="made">Samples of the same length.</param>
/// <param name="samplingRate">Sampling rate of both, in Hz.</param>
public delegate (double Mel, double LogMagnitude, double Convergence) SpectralComparison(ReadOnlySpan<float> reference, ReadOnlySpan<float> made, int samplingRate);

/// <summary>Measures how close audio is to its reference.</summary>
/// <param name="Mel">Distance of mel spectra; lower is better.</param>
/// <param name="LogMagnitude">Distance of log magnitudes.</param>
/// <param name="Convergence">Spectral convergence.</param>
/// <param name="SiSdr">SI-SDR in dB; null for a silent reference.</param>
/// <param name="Stoi">STOI; null if the reference is too short or silent.</param>
/// <param name="Estoi">ESTOI; null with <paramref name="Stoi"/>.</param>
internal sealed record AudioMetrics(double Mel, double LogMagnitude, double Convergence, double? SiSdr, double? Stoi, double? Estoi, double? Level = null)
{
    /// <summary>Shorter audio has no STOI.</summary>
    public const double MinSeconds = 0.5;

    /// <summary>STFT distance: log magnitude and convergence together, as in the multi-resolution STFT loss (1910.11480).</summary>
    [JsonIgnore]
    public double Stft => LogMagnitude + Convergence;

    /// <summary>Measures audio.</summary>
    /// <param name="reference">One channel.</param>
    /// <param name="made">Samples of the same length.</param>
    /// <param name="samplingRate">Sampling rate of both, in Hz.</param>
    /// <param name="spectra">Computes the spectral distances.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public static AudioMetrics Of(ReadOnlySpan<float> reference, ReadOnlySpan<float> made, int samplingRate, SpectralComparison spectra)
    {
        ArgumentNullException.ThrowIfNull(spectra);
        var (mel, logMagnitude, convergence) = spectra(reference, made, samplingRate);
        var silent = !reference.ContainsAnyExcept(0f);
        var heard = silent || reference.Length < MinSeconds * samplingRate ? null : ShortTimeIntelligibility.Measure(reference, made, samplingRate);
        double? ratio = silent || SignalDistortion.ScaleInvariant(reference, made) is var found && double.IsNaN(found) ? null : found;
        return new AudioMetrics(mel, logMagnitude, convergence, ratio, heard?.Stoi, heard?.Estoi, 10 * Math.Log10(Power(made) / Power(reference)) is var level && double.IsFinite(level) ? level : null);
    }

    private static double Power(ReadOnlySpan<float> samples)
    {
        var sum = 0.0;
        foreach (var sample in samples) sum += (double)sample * sample;
        return sum;
    }
}
