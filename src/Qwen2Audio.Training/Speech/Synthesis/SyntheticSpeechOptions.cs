namespace Qwen2Audio.Training.Speech.Synthesis;

/// <summary>How much synthetic speech to make, and from what.</summary>
internal sealed record SyntheticSpeechOptions
{
    /// <summary>Texts, voices, rates and pitches depend on it and on nothing else.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>What to make, at most one of each kind.</summary>
    public IReadOnlyList<SyntheticSet> Sets { get; init; } = [];

    /// <summary>Words and phrases that clips of kind keywords say.</summary>
    public IReadOnlyList<string> KeywordTexts { get; init; } = [];

    /// <summary>Normalised training transcripts (never those of validation) whose words are recombined to new texts; may be empty.</summary>
    public IReadOnlyList<string> Transcripts { get; init; } = [];

    /// <summary>Synthesisers that run at once; 0: one for each processor.</summary>
    public int Processes { get; init; }
}

/// <summary>Clips of one kind.</summary>
/// <param name="Dataset">Their dataset.</param>
/// <param name="Kind">Spelled: spelled words, digits, dates, control words; digits: one digit, or a row of 2–5 in two of five clips; or keywords.</param>
/// <param name="Clips">How many.</param>
internal sealed record SyntheticSet(string Dataset, DatasetKind Kind, int Clips);

/// <summary>What was made.</summary>
/// <param name="Manifest">Path of the manifest.</param>
/// <param name="Made">Clips that were synthesised now.</param>
/// <param name="Kept">Clips that were there already.</param>
/// <param name="Seconds">Length of all clips.</param>
internal sealed record SyntheticSpeechResult(string Manifest, int Made, int Kept, double Seconds);
