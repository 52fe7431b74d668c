namespace Qwen2Audio.Training.Speech.Augmentations;

/// <summary>
/// How features are varied when an example is drawn. Probabilities are those at full strength; the strength 0…1 of a draw multiplies them
/// all. Decades are those of mel power (1 decade = 10 dB).
/// </summary>
internal sealed record AugmentationOptions
{
    /// <summary>Share of draws that are played slower or faster.</summary>
    public double Stretch { get; init; } = 1;

    /// <summary>Shortest length after stretching, as a factor.</summary>
    public double ShortestStretch { get; init; } = 0.85;

    /// <summary>Longest length after stretching, as a factor.</summary>
    public double LongestStretch { get; init; } = 1.18;

    /// <summary>Share of draws whose frequencies are all multiplied by one factor, as another vocal tract would.</summary>
    public double Warp { get; init; } = 1;

    /// <summary>Largest change of frequency of speech.</summary>
    public double SpeechWarp { get; init; } = 0.12;

    /// <summary>Largest change of frequency of other sounds.</summary>
    public double SoundWarp { get; init; } = 0.06;

    /// <summary>Share of draws that go through a random channel (three cosines over the bins).</summary>
    public double Channel { get; init; } = 1;

    /// <summary>Deviations of the three cosines' heights, in decades.</summary>
    public IReadOnlyList<double> ChannelDeviations { get; init; } = [0.2, 0.2, 0.1];

    /// <summary>Share of speech draws with noise from environmental training clips.</summary>
    public double Noise { get; init; } = 0.35;

    /// <summary>Least distance of speech and noise in dB.</summary>
    public double NearestNoise { get; init; } = 4;

    /// <summary>Largest distance of speech and noise in dB.</summary>
    public double FarthestNoise { get; init; } = 25;

    /// <summary>Share of speech draws (not those recorded at 8 kHz) whose bins above <see cref="BandLimit"/> go to the floor.</summary>
    public double BandCut { get; init; } = 0.25;

    /// <summary>Frequency in Hz above which a telephone carries nothing.</summary>
    public double BandLimit { get; init; } = 3900;

    /// <summary>Share of draws with bands and frames blanked (SpecAugment).</summary>
    public double Mask { get; init; } = 1;

    /// <summary>Bands blanked.</summary>
    public int MaskedBands { get; init; } = 2;

    /// <summary>Most bins a band.</summary>
    public int WidestBand { get; init; } = 12;

    /// <summary>Most frames that one blanked stretch has; there are 1 + frames / 100 stretches.</summary>
    public int LongestMask { get; init; } = 12;

    /// <summary>Share of short spelled clips that another short one of the same speaker follows.</summary>
    public double Join { get; init; } = 0.3;

    /// <summary>Frames that a clip may have to be joined.</summary>
    public int LongestJoined { get; init; } = 300;

    /// <summary>Share of transcribed single digits that become a row of 2–5 digits of one speaker.</summary>
    public double DigitRow { get; init; } = 0.6;

    /// <summary>Share of speech draws with a pause before or after them.</summary>
    public double Pause { get; init; } = 0.25;

    /// <summary>Longest pause in frames.</summary>
    public int LongestPause { get; init; } = 60;

    /// <summary>Share of environmental clips of which 2–5 s are used.</summary>
    public double Crop { get; init; } = 1;

    /// <summary>Shortest part of an environmental clip, in frames.</summary>
    public int ShortestCrop { get; init; } = 200;
}
