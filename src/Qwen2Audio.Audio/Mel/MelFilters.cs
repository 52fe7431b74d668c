using System.Collections.Concurrent;

namespace Qwen2Audio.Audio.Mel;

/// <summary>
/// Triangular filters on Slaney's mel scale over 0 to 8000 Hz (linear to 1000 Hz, then 27 logarithmic steps for a factor of 6.4), each
/// scaled to unit area. Whisper's filters at 80 and 128 bins.
/// </summary>
public sealed class MelFilters
{
    /// <summary>Frequency bins of a spectrum: 0 to 8000 Hz in steps of 40 Hz.</summary>
    public const int SpectrumBins = 201;

    /// <summary>Largest number of mel bins.</summary>
    public const int MaxBins = 512;

    private const double BinHz = 40;
    private const double TopHz = 8000;
    private const double LinearMel = 3.0 / 200;
    private const double BreakMel = 15;
    private const double BreakHz = 1000;
    private static readonly double LogMel = 27 / Math.Log(6.4);
    private static readonly ConcurrentDictionary<int, MelFilters> Known = new();

    private readonly int[] _first;
    private readonly double[][] _weights;

    private MelFilters(int bins)
    {
        Bins = bins;
        (_first, _weights) = (new int[bins], new double[bins][]);
        for (var bin = 0; bin < bins; bin++)
        {
            var all = new double[SpectrumBins];
            Fill(all, BinHz, TopHz, bins, bin);
            var first = Array.FindIndex(all, w => w > 0);
            var last = Array.FindLastIndex(all, w => w > 0);
            (_first[bin], _weights[bin]) = first < 0 ? (0, []) : (first, all[first..(last + 1)]);
        }
    }

    /// <summary>Number of mel bins.</summary>
    public int Bins { get; }

    /// <summary>The filters for a number of bins, 1 to <see cref="MaxBins"/>.</summary>
    public static MelFilters Of(int bins)
    {
        if (bins is < 1 or > MaxBins) throw new ArgumentOutOfRangeException(nameof(bins), bins, $"Mel bins must be 1 to {MaxBins}.");
        return Known.GetOrAdd(bins, static count => new MelFilters(count));
    }

    /// <summary>The filters for any spectrum, over 0 to half of the sampling rate: [bins, window/2 + 1], bin by bin.</summary>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="window">Length of the transform in samples; frequencies are sampleRate/window apart.</param>
    /// <param name="bins">1 to <see cref="MaxBins"/>.</param>
    public static float[] Weights(int sampleRate, int window, int bins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleRate, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 2);
        if (bins is < 1 or > MaxBins) throw new ArgumentOutOfRangeException(nameof(bins), bins, $"Mel bins must be 1 to {MaxBins}.");
        var all = new double[window / 2 + 1];
        var weights = new float[bins * all.Length];
        for (var bin = 0; bin < bins; bin++)
        {
            Fill(all, (double)sampleRate / window, sampleRate / 2.0, bins, bin);
            for (var k = 0; k < all.Length; k++) weights[bin * all.Length + k] = (float)all[k];
        }

        return weights;
    }

    /// <summary>Weight of frequency bin <paramref name="k"/> (0 to 200) in mel bin <paramref name="bin"/>.</summary>
    public double Weight(int k, int bin) => k - _first[bin] is int i && i >= 0 && i < _weights[bin].Length ? _weights[bin][i] : 0;

    /// <summary>The first frequency bin with a weight, and the weights from there on.</summary>
    internal ReadOnlySpan<double> Weights(int bin, out int first)
    {
        first = _first[bin];
        return _weights[bin];
    }

    /// <summary>One triangle over a spectrum whose bins are <paramref name="stepHz"/> apart.</summary>
    private static void Fill(Span<double> weights, double stepHz, double topHz, int bins, int bin)
    {
        var top = ToMel(topHz);
        var lower = ToHz(top * bin / (bins + 1));
        var centre = ToHz(top * (bin + 1) / (bins + 1));
        var upper = ToHz(top * (bin + 2) / (bins + 1));
        for (var k = 0; k < weights.Length; k++)
        {
            var rising = (k * stepHz - lower) / (centre - lower);
            var falling = (upper - k * stepHz) / (upper - centre);
            weights[k] = Math.Max(0, Math.Min(rising, falling)) * 2 / (upper - lower);
        }
    }

    internal static double ToMel(double hz) => hz < BreakHz ? hz * LinearMel : BreakMel + Math.Log(hz / BreakHz) * LogMel;

    private static double ToHz(double mel) => mel < BreakMel ? mel / LinearMel : BreakHz * Math.Exp((mel - BreakMel) / LogMel);
}
