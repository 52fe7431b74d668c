namespace Qwen2Audio.Tasks.Results;

/// <summary>A word and when it was said.</summary>
/// <param name="Text">The word.</param>
/// <param name="Start">Seconds from the beginning of the audio.</param>
/// <param name="End">Seconds from the beginning of the audio, not before <paramref name="Start"/>.</param>
/// <param name="Confidence">0…1: geometric mean over its text units of the largest probability that the CTC head gives them there, or of the probability that a Whisper's decoder gives them.</param>
public sealed record TranscribedWord(string Text, double Start, double End, double Confidence);

/// <summary>The text of a recording.</summary>
public sealed record Transcription
{
    /// <summary>The words, separated by spaces; empty when nothing was said.</summary>
    public required string Text { get; init; }

    /// <summary>The words with their times, in order and without overlap.</summary>
    public required IReadOnlyList<TranscribedWord> Words { get; init; }

    /// <summary>Stretches of the audio with their text, in order; empty from models that write words one by one.</summary>
    public IReadOnlyList<TranscribedSegment> Segments { get; init; } = [];

    /// <summary>Code of the language that is spoken, such as "en"; null where it was neither told nor asked for.</summary>
    public string? Language { get; init; }

    /// <summary>Probability of that language among those that the model knows; null where it was not told by the model.</summary>
    public double? LanguageProbability { get; init; }

    /// <summary>
    /// False when the text, or a piece's, fits the audio so badly that it is probably wrong (a warning says it too): speech outside of the
    /// model's vocabulary, for one. Null without words, and where the model's folder has no threshold.
    /// </summary>
    public bool? InDomain { get; init; }

    /// <summary>The lowest score of a piece's text, ln P a text unit by the CTC head; null without words, or from other models.</summary>
    internal double? TextScore { get; init; }

    /// <summary>Everything that was not plain: resampling, splitting, sounds without speech, …</summary>
    public required IReadOnlyList<TaskWarning> Warnings { get; init; }

    /// <summary>How the text was chosen.</summary>
    public required Decoding Decoding { get; init; }

    /// <summary>Probability that the audio is speech, the mean over its pieces by their length; 0 for silence, null from models that do not say.</summary>
    public required double? SpeechProbability { get; init; }

    /// <summary>Duration of the audio in seconds.</summary>
    public required double SecondsOfAudio { get; init; }

    /// <summary>Time from the audio's samples to the result (reading the file included where a path was given), in seconds.</summary>
    public required double SecondsTaken { get; init; }
}

/// <summary>Ways to choose the text.</summary>
public enum Decoding
{
    /// <summary>Candidates of the CTC beam search, chosen by weight · CTC + (1 − weight) · decoder log probability.</summary>
    Combined,

    /// <summary>The best candidate of the CTC beam search.</summary>
    CtcOnly,

    /// <summary>The likeliest CTC class of each row.</summary>
    CtcGreedy,

    /// <summary>Beam search with the decoder alone (greedy with width 1).</summary>
    DecoderOnly,
}
