namespace Qwen2Audio.Audio.Mel;

/// <summary>
/// log10 of the mel power of a stream at 16 kHz, at least −10, with the same bits as for the whole sound: frame t is known
/// <see cref="Delay"/> samples after its 160 samples. Memory does not grow.
/// </summary>
public sealed class StreamingLogMel(int bins)
{
    /// <summary>Samples after those of a frame (160 · t … 160 · t + 159) that it reads.</summary>
    public const int Delay = Centre - AudioLengths.Hop;

    private const int Centre = PowerSpectrum.Window / 2;
    private readonly MelPowerComputation _work = new(MelFilters.Of(bins));
    private readonly List<float> _samples = []; // a multiple of 160 of the first ones were dropped
    private int _frames; // frames made, of a sound that begins with these samples

    /// <summary>The frames that are known now, [frames × bins].</summary>
    /// <param name="samples">The next samples.</param>
    /// <param name="ends">Whether the stream ends with them.</param>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    public float[] Add(ReadOnlySpan<float> samples, bool ends = false)
    {
        LogMel.RequireFinite(samples);
        _samples.AddRange(samples);
        var all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_samples);
        var known = ends ? (all.Length + AudioLengths.Hop - 1) / AudioLengths.Hop : all.Length <= Centre ? 0 : (all.Length - Centre) / AudioLengths.Hop + 1;
        if (known <= _frames) return [];
        var values = new float[(known - _frames) * bins];
        _work.Compute(all, all.Length, _frames, known - _frames, values);
        _frames = known;
        // three hops are kept, so that the next frame and a mirrored end find the samples that they read
        if (_frames > 6)
        {
            _samples.RemoveRange(0, (_frames - 3) * AudioLengths.Hop);
            _frames = 3;
        }

        return values;
    }
}
