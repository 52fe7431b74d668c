namespace Qwen2Audio.Training.Data.Augmentations;

/// <summary>How many bands and stretches of time of log-mel features are blanked (SpecAugment, Park et al. 2019).</summary>
public sealed record SpecAugmentOptions
{
    /// <summary>Share of draws.</summary>
    public double Share { get; init; }

    /// <summary>Bands.</summary>
    public int Bands { get; init; } = 2;

    /// <summary>Most bins a band.</summary>
    public int WidestBand { get; init; } = 12;

    /// <summary>Most frames a stretch; there are 1 + frames / <see cref="FramesPerStretch"/>, none longer than a fifth of the clip.</summary>
    public int LongestStretch { get; init; } = 12;

    /// <summary>Frames for which there is one more stretch.</summary>
    public int FramesPerStretch { get; init; } = 100;

    /// <summary>What is out of range, under the name of the section that holds these settings.</summary>
    public IEnumerable<string> Problems(string name)
    {
        if (!(Share is >= 0 and <= 1)) yield return $"{name}.share is {Share}; allowed: 0 to 1";
        foreach (var (setting, value, least) in new[] { ("bands", Bands, 0), ("widest_band", WidestBand, 0), ("longest_stretch", LongestStretch, 0), ("frames_per_stretch", FramesPerStretch, 1) })
            if (value < least || value > 100_000) yield return $"{name}.{setting} is {value}; allowed: {least} to 100000";
    }
}
