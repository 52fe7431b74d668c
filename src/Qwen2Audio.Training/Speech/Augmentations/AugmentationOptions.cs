namespace Qwen2Audio.Training.Speech.Augmentations;

/// <summary>
/// Augmentation of features. Probabilities apply at full strength; the strength 0…1 of a draw multiplies all of
/// them. Decades are in mel power (1 decade = 10 dB).
/// </summary>
internal sealed record AugmentationOptions
{
    /// <summary>Probability of time stretching.</summary>
    public double Stretch { get; init; } = 1;

    /// <summary>Minimum stretch factor.</summary>
    public double ShortestStretch { get; init; } = 0.85;

    /// <summary>Maximum stretch factor.</summary>
    public double LongestStretch { get; init; } = 1.18;

    /// <summary>Probability of scaling all frequencies by one factor (vocal tract length).</summary>
    public double Warp { get; init; } = 1;

    /// <summary>Maximum relative change of frequency for speech.</summary>
    public double SpeechWarp { get; init; } = 0.12;

    /// <summary>Maximum relative change of frequency for other sounds.</summary>
    public double SoundWarp { get; init; } = 0.06;

    /// <summary>Probability of a random channel (three cosines over the bins).</summary>
    public double Channel { get; init; } = 1;

    /// <summary>Standard deviations of the three cosines' amplitudes, in decades.</summary>
    public IReadOnlyList<double> ChannelDeviations { get; init; } = [0.2, 0.2, 0.1];

    /// <summary>Probability of noise from environmental training clips, for speech.</summary>
    public double Noise { get; init; } = 0.35;

    /// <summary>Minimum signal-to-noise ratio in dB.</summary>
    public double NearestNoise { get; init; } = 4;

    /// <summary>Maximum signal-to-noise ratio in dB.</summary>
    public double FarthestNoise { get; init; } = 25;

    /// <summary>Probability that speech (unless recorded at 8 kHz) has its bins above <see cref="BandLimit"/> set to the floor.</summary>
    public double BandCut { get; init; } = 0.25;

    /// <summary>Upper frequency limit of a telephone channel in Hz.</summary>
    public double BandLimit { get; init; } = 3900;

    /// <summary>Probability of masking bands and frames (SpecAugment).</summary>
    public double Mask { get; init; } = 1;

    /// <summary>Number of masked bands.</summary>
    public int MaskedBands { get; init; } = 2;

    /// <summary>Maximum bins per band.</summary>
    public int WidestBand { get; init; } = 12;

    /// <summary>Maximum frames of a time mask; there are 1 + frames / 100 masks.</summary>
    public int LongestMask { get; init; } = 12;

    /// <summary>Probability that a short spelled clip is followed by another short one of the same speaker.</summary>
    public double Join { get; init; } = 0.3;

    /// <summary>Maximum frames of a clip that is joined.</summary>
    public int LongestJoined { get; init; } = 300;

    /// <summary>Probability that a transcribed single digit becomes a sequence of 2–5 digits of one speaker.</summary>
    public double DigitRow { get; init; } = 0.6;

    /// <summary>Probability of a pause before or after speech.</summary>
    public double Pause { get; init; } = 0.25;

    /// <summary>Maximum length of a pause, in frames.</summary>
    public int LongestPause { get; init; } = 60;

    /// <summary>Probability that 2–5 s of an environmental clip are used.</summary>
    public double Crop { get; init; } = 1;

    /// <summary>Minimum length of a part of an environmental clip, in frames.</summary>
    public int ShortestCrop { get; init; } = 200;
}
