namespace Qwen2Audio.Training.Speech.SyntheticData;

/// <summary>What synthetic speech to create.</summary>
internal sealed record SyntheticSpeechOptions
{
    /// <summary>The only source of randomness for texts, voices, rates and pitches.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The sets to create, at most one of each kind.</summary>
    public IReadOnlyList<SyntheticSet> Sets { get; init; } = [];

    /// <summary>Words and phrases for clips of kind keywords.</summary>
    public IReadOnlyList<string> KeywordTexts { get; init; } = [];

    /// <summary>Normalised training transcripts (never of validation), recombined into new texts; may be empty.</summary>
    public IReadOnlyList<string> Transcripts { get; init; } = [];

    /// <summary>Number of synthesisers that run in parallel; 0: one per processor.</summary>
    public int Processes { get; init; }
}

/// <summary>Clips of one kind.</summary>
/// <param name="Dataset">Their dataset.</param>
/// <param name="Kind">Spelled: spelled words, digits, dates, control words. Digits: one digit, or a sequence of 2–5 in two of five clips. Keywords.</param>
/// <param name="Clips">Number of clips.</param>
internal sealed record SyntheticSet(string Dataset, DatasetKind Kind, int Clips);

/// <summary>The result of a synthesis.</summary>
/// <param name="Manifest">Path of the manifest.</param>
/// <param name="Made">Number of new clips.</param>
/// <param name="Kept">Number of clips that already existed.</param>
/// <param name="Seconds">Total length of the clips.</param>
internal sealed record SyntheticSpeechResult(string Manifest, int Made, int Kept, double Seconds);
