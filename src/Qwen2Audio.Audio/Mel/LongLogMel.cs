namespace Qwen2Audio.Audio.Mel;

/// <summary>
/// <see cref="LogMel"/> on Whisper's scale, without padding, for recordings longer than a window. It is computed once to find the largest
/// value, which sets the floor everywhere, and again for each window requested, so that no spectrogram is held.
/// </summary>
public sealed class LongLogMel
{
    private const int FramesAtOnce = 1000;
    private readonly float[] _samples;
    private readonly MelPowerComputation _work;
    private readonly float _largest = MelPowerComputation.Silence;

    /// <summary>The spectrogram of mono samples at 16 kHz.</summary>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    public LongLogMel(float[] samples, int bins)
    {
        ArgumentNullException.ThrowIfNull(samples);
        LogMel.RequireFinite(samples);
        (_samples, Bins, _work) = (samples, bins, new MelPowerComputation(MelFilters.Of(bins)));
        Frames = (samples.Length + AudioLengths.Hop - 1) / AudioLengths.Hop;
        var values = new float[FramesAtOnce * bins];
        for (var first = 0; first < Frames; first += FramesAtOnce)
            _largest = Math.Max(_largest, _work.Compute(samples, samples.Length, first, Math.Min(FramesAtOnce, Frames - first), values));
    }

    /// <summary>Frames of 10 ms.</summary>
    public int Frames { get; }

    /// <summary>Mel bins.</summary>
    public int Bins { get; }

    /// <summary>Fills whole frames from <paramref name="first"/> on; frames after the last one are zero.</summary>
    public void Fill(int first, Span<float> destination)
    {
        var frames = Math.Clamp(Frames - first, 0, destination.Length / Bins);
        if (frames > 0) _work.Compute(_samples, _samples.Length, first, frames, destination);
        LogMel.Scale(destination[..(frames * Bins)], _largest);
        destination[(frames * Bins)..].Clear();
    }
}
