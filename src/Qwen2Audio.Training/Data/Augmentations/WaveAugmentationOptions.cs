namespace Qwen2Audio.Training.Data.Augmentations;

/// <summary>Augmentation of waveforms. Everything is off by default; probabilities are per draw, 0…1.</summary>
internal sealed record WaveAugmentationOptions
{
    /// <summary>Probability of playing at one of <see cref="Speeds"/>, which changes pitch and length.</summary>
    public double Speed { get; init; }

    /// <summary>Speeds; above 1 is faster.</summary>
    public double[] Speeds { get; init; } = [0.9, 1.1];

    /// <summary>Probability of a gain change.</summary>
    public double Gain { get; init; }

    /// <summary>Minimum gain in dB.</summary>
    public double LowestGain { get; init; } = -6;

    /// <summary>Maximum gain in dB.</summary>
    public double HighestGain { get; init; } = 6;

    /// <summary>Probability of recorded noise from <see cref="NoiseSources"/>.</summary>
    public double Noise { get; init; }

    /// <summary>Folders, manifests and shards of noise.</summary>
    public string[] NoiseSources { get; init; } = [];

    /// <summary>Probability of synthetic noise (white to brown, hum) if no recorded noise was drawn.</summary>
    public double Texture { get; init; }

    /// <summary>Minimum signal-to-noise ratio in dB.</summary>
    public double NearestNoise { get; init; } = 5;

    /// <summary>Maximum signal-to-noise ratio in dB.</summary>
    public double FarthestNoise { get; init; } = 25;

    /// <summary>Probability of using only a part of the clip; for sounds, not for transcribed speech.</summary>
    public double Crop { get; init; }

    /// <summary>Shortest part in seconds.</summary>
    public double ShortestCrop { get; init; } = 1;

    /// <summary>Settings that are out of range; <paramref name="name"/> is the section that holds them.</summary>
    public IEnumerable<string> Problems(string name)
    {
        foreach (var (setting, share) in new[] { ("speed", Speed), ("gain", Gain), ("noise", Noise), ("texture", Texture), ("crop", Crop) })
            if (!(share is >= 0 and <= 1)) yield return $"{name}.{setting} is {share}; allowed: 0 to 1";
        if (Speed > 0 && Speeds.Length == 0) yield return $"{name}.speeds is empty: name one or more";
        foreach (var speed in Speeds)
            if (!(speed is >= 0.5 and <= 2)) yield return $"{name}.speeds has {speed}; allowed: 0.5 to 2";
        foreach (var problem in Range("gain", LowestGain, HighestGain, -60, 40)) yield return problem;
        foreach (var problem in Range("noise", NearestNoise, FarthestNoise, -20, 100)) yield return problem;
        if (Noise > 0 && NoiseSources.Length == 0) yield return $"{name}.noise_sources is empty, and {name}.noise is {Noise}: name folders, manifests or shards of noise";
        if (!(ShortestCrop is > 0 and <= 1800)) yield return $"{name}.shortest_crop is {ShortestCrop}; allowed: above 0, to 1800";

        IEnumerable<string> Range(string what, double low, double high, double least, double most)
        {
            var (lower, higher) = what == "gain" ? ("lowest_gain", "highest_gain") : ("nearest_noise", "farthest_noise");
            if (!(low >= least && high <= most && low <= high))
                yield return $"{name}.{lower} is {low} and {name}.{higher} is {high}; allowed: {least} to {most} dB, the first not above the second";
        }
    }
}
