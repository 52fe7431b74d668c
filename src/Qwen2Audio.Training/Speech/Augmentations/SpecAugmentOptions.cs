namespace Qwen2Audio.Training.Speech.Augmentations;

/// <summary>How many bands and stretches of time of log-mel features are blanked (SpecAugment, Park et al. 2019).</summary>
internal sealed record SpecAugmentOptions
{
    /// <summary>Bands.</summary>
    public int Bands { get; init; } = 2;

    /// <summary>Most bins a band.</summary>
    public int WidestBand { get; init; } = 12;

    /// <summary>Most frames a stretch; there are 1 + frames / <see cref="FramesPerStretch"/>, none longer than a fifth of the clip.</summary>
    public int LongestStretch { get; init; } = 12;

    /// <summary>Frames for which there is one more stretch.</summary>
    public int FramesPerStretch { get; init; } = 100;
}
