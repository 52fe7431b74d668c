using Qwen2Audio.Audio.Mel;

namespace Qwen2Audio.Training.Losses;

/// <summary>One resolution of a <see cref="MelLoss"/>.</summary>
/// <param name="Window">Samples of a frame; the hop is a quarter of it.</param>
/// <param name="Bins">Number of mel bins.</param>
/// <param name="Filters">[bins, window/2 + 1]: weight of each frequency in each bin.</param>
internal sealed record MelLossScale(int Window, int Bins, float[] Filters)
{
    /// <summary>Slaney's mel scale with area normalisation, from 0 to half the sampling rate.</summary>
    public static MelLossScale Slaney(int sampleRate, int window, int bins) =>
        new(window, bins, MelFilters.Weights(sampleRate, window, bins));
}
