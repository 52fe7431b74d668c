using Qwen2Audio.Audio.Mel;

namespace Qwen2Audio.Training.Losses;

/// <summary>One resolution of a <see cref="MelLoss"/>.</summary>
/// <param name="Window">Samples of a frame; frames stand a quarter of it apart.</param>
/// <param name="Bins">Mel bins.</param>
/// <param name="Filters">[bins, window/2 + 1]: weight of each frequency in each bin.</param>
internal sealed record MelLossScale(int Window, int Bins, float[] Filters)
{
    /// <summary>Filters on Slaney's scale with its area normalisation, from 0 to half of the sampling rate.</summary>
    public static MelLossScale Slaney(int sampleRate, int window, int bins) =>
        new(window, bins, MelFilters.Weights(sampleRate, window, bins));
}
