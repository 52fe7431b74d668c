namespace Qwen2Audio.Training.Speech.Augmentations;

/// <summary>Number and size of masks in log-mel features (SpecAugment, Park et al. 2019).</summary>
internal sealed record SpecAugmentOptions
{
    /// <summary>Number of masked bands.</summary>
    public int Bands { get; init; } = 2;

    /// <summary>Maximum bins per band.</summary>
    public int WidestBand { get; init; } = 12;

    /// <summary>Maximum frames of a time mask; there are 1 + frames / <see cref="FramesPerTimeMask"/>, none longer than a fifth of the clip.</summary>
    public int LongestTimeMask { get; init; } = 12;

    /// <summary>Frames per additional time mask.</summary>
    public int FramesPerTimeMask { get; init; } = 100;
}
