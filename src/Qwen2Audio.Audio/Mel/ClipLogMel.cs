namespace Qwen2Audio.Audio.Mel;

/// <summary>
/// A clip's log-mel relative to its own maximum, so that recording level cancels out: the input of the small models, before the division by
/// each bin's standard deviation.
/// </summary>
/// <param name="Values">log10 of the mel power minus the clip's largest, at least −decades, [frames × bins], frame by frame.</param>
/// <param name="Frames">Frames of 10 ms.</param>
/// <param name="Floor">The value of digital silence in the clip: −decades, or more in a clip whose maximum is very low.</param>
/// <param name="Level">log10 of the largest mel power of the samples as they were given, which became 0.</param>
public sealed record ClipLogMel(float[] Values, int Frames, float Floor, double Level)
{
    /// <summary>Clips shorter than this (seconds) are padded on both sides with <see cref="ShortClipPadding"/>, unless a model's folder says otherwise.</summary>
    public const double ShortClipSeconds = 0.8;

    /// <summary>Seconds of padding (at the floor) on each side of a short clip.</summary>
    public const double ShortClipPadding = 0.1;

    private const double SilentPower = -10; // log10 of the lowest power

    /// <summary>Scales the largest absolute sample to <paramref name="peak"/> and computes the features of 16 kHz mono samples.</summary>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    public static ClipLogMel Compute(ReadOnlySpan<float> samples, int bins, float peak = 0.5f, float decades = 8)
    {
        var scale = PeakScale(samples, peak);
        var scaled = new float[samples.Length];
        for (var i = 0; i < scaled.Length; i++) scaled[i] = samples[i] * scale;
        var mel = LogMel.Compute(scaled, new LogMelOptions { Bins = bins, PadTo = null, Scale = LogMelScale.Log10 });
        var values = mel.Values.Length == mel.Frames * bins ? mel.Values : mel.Values[..(mel.Frames * bins)];
        var largest = float.NegativeInfinity;
        foreach (var value in values) largest = Math.Max(largest, value);
        foreach (ref var value in values.AsSpan()) value = Math.Max(value - largest, -decades);
        return new ClipLogMel(values, mel.Frames, (float)Math.Max(-decades, SilentPower - mel.Largest), mel.Largest - 2 * Math.Log10(scale));
    }

    /// <summary>The factor that scales the largest absolute sample to <paramref name="peak"/>; 1 for digital silence.</summary>
    public static float PeakScale(ReadOnlySpan<float> samples, float peak = 0.5f)
    {
        var largest = 0f;
        foreach (var sample in samples) largest = Math.Max(largest, Math.Abs(sample));
        return largest > 0 ? peak / largest : 1;
    }
}
