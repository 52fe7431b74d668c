namespace Qwen2Audio.Training.Speech.Synthesis;

/// <summary>How much synthetic speech to make, and from what.</summary>
internal sealed record SyntheticSpeechOptions
{
    /// <summary>Texts, voices, rates and pitches depend on it and on nothing else.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Clips of the dataset "synthetic-an4": spelled words, digits, dates, control words.</summary>
    public int Spelled { get; init; } = 2400;

    /// <summary>Clips of "synthetic-digits": one digit, or a row of 2–5 in two of five clips.</summary>
    public int Digits { get; init; } = 600;

    /// <summary>Clips of "synthetic-keywords".</summary>
    public int Keywords { get; init; } = 600;

    /// <summary>Words and phrases of "synthetic-keywords".</summary>
    public IReadOnlyList<string> KeywordTexts { get; init; } =
        ["bed", "cat", "happy", "alexa", "computer", "jarvis", "smart mirror", "snowboy", "view glass"];

    /// <summary>Normalised training transcripts (never those of validation) whose words are recombined to new texts; may be empty.</summary>
    public IReadOnlyList<string> Transcripts { get; init; } = [];

    /// <summary>Synthesisers that run at once; 0: one for each processor.</summary>
    public int Processes { get; init; }
}

/// <summary>What was made.</summary>
/// <param name="Manifest">Path of the manifest.</param>
/// <param name="Made">Clips that were synthesised now.</param>
/// <param name="Kept">Clips that were there already.</param>
/// <param name="Seconds">Length of all clips.</param>
internal sealed record SyntheticSpeechResult(string Manifest, int Made, int Kept, double Seconds);
