namespace Qwen2Audio.Tasks.Results;

/// <summary>A word and the time at which it is spoken.</summary>
/// <param name="Text">The word as the text has it, with the mark that follows it.</param>
/// <param name="Start">Seconds from the beginning of the audio.</param>
/// <param name="End">Seconds from the beginning of the audio, not before <paramref name="Start"/>.</param>
/// <param name="Confidence">0…1: geometric mean over its text units of the largest probability that the CTC head gives each, or of the probability that Whisper's decoder gives each; with a lexicon the word's probability by the texts that the search found, times a power of the former. With a small model that is calibrated, the probability that the word is right.</param>
public sealed record TranscribedWord(string Text, double Start, double End, double Confidence)
{
    /// <summary>Whether it is part of <see cref="Transcription.Suspected"/>.</summary>
    public bool MayBeMadeUp { get; init; }
}

/// <summary>The result of transcribing audio.</summary>
public sealed record Transcription
{
    /// <summary>The words, separated by spaces; empty when nothing was said.</summary>
    public required string Text { get; init; }

    /// <summary>The words with their times, in order and without overlap.</summary>
    public required IReadOnlyList<TranscribedWord> Words { get; init; }

    /// <summary>Stretches of the audio with their text, in order; empty for models that do not produce segments.</summary>
    public IReadOnlyList<TranscribedSegment> Segments { get; init; } = [];

    /// <summary>Code of the spoken language, such as "en"; null when it was neither given nor detected.</summary>
    public string? Language { get; init; }

    /// <summary>Probability of that language among the model's languages; null when it was not detected.</summary>
    public double? LanguageProbability { get; init; }

    /// <summary>
    /// False when the text, or that of a piece, is probably wrong by the confidences of its words, for example speech in another
    /// language (there is also a warning). Null without words, and when the model's folder has no threshold.
    /// </summary>
    public bool? InDomain { get; init; }

    /// <summary>
    /// Text that the model probably made up, in order; each has a warning, too. With a small model it is text of a piece that is probably no speech and, if the model is calibrated, words that its CTC heads do not find in the audio; with other models texts that have signs of a
    /// hallucination: repetition, words faster than anyone speaks, a low probability, silence. Usually empty.
    /// </summary>
    public IReadOnlyList<SuspectedText> Suspected { get; init; } = [];

    /// <summary>What the words of each piece with words are judged by; empty for other models.</summary>
    internal IReadOnlyList<WordEvidence[]> Evidence { get; init; } = [];

    /// <summary>Changes to the audio, fallbacks and limits: resampling, splitting, sounds without speech, …</summary>
    public required IReadOnlyList<TaskWarning> Warnings { get; init; }

    /// <summary>How the text was chosen.</summary>
    public required Decoding Decoding { get; init; }

    /// <summary>Probability of speech, averaged over the pieces, weighted by length; 0 for silence, null for models that do not compute it.</summary>
    public required double? SpeechProbability { get; init; }

    /// <summary>Duration of the audio in seconds.</summary>
    public required double SecondsOfAudio { get; init; }

    /// <summary>Time from the audio's samples to the result, in seconds; includes reading if a path was given.</summary>
    public required double SecondsTaken { get; init; }

    /// <summary>The result for a whole stream.</summary>
    /// <param name="finals">Its final texts, in order; at least one.</param>
    /// <exception cref="ArgumentException">There is none, or a text is not final.</exception>
    public static Transcription Of(IReadOnlyList<PartialTranscription> finals)
    {
        ArgumentNullException.ThrowIfNull(finals);
        List<Transcription> all = [.. finals.Select(text => text.Final ?? throw new ArgumentException("A text is not final.", nameof(finals)))];
        if (all.Count == 0) throw new ArgumentException("There is no final text.", nameof(finals));
        var seconds = all.Sum(result => result.SecondsOfAudio);
        return all[0] with
        {
            Text = string.Join(' ', all.Select(result => result.Text).Where(text => text.Length > 0)),
            Words = [.. all.SelectMany(result => result.Words)],
            InDomain = all.Any(result => result.InDomain == false) ? false : all.Any(result => result.InDomain == true) ? true : null,
            Suspected = [.. all.SelectMany(result => result.Suspected)],
            Evidence = [.. all.SelectMany(result => result.Evidence)],
            Warnings = [.. all.SelectMany(result => result.Warnings)],
            SpeechProbability = seconds > 0 ? all.Sum(result => result.SecondsOfAudio * (result.SpeechProbability ?? 0)) / seconds : 0,
            SecondsOfAudio = finals[^1].End,
            SecondsTaken = all.Sum(result => result.SecondsTaken),
        };
    }
}

/// <summary>Ways to choose the text.</summary>
public enum Decoding
{
    /// <summary>Candidates of the CTC beam search, chosen by weight · CTC + (1 − weight) · decoder log probability.</summary>
    Combined,

    /// <summary>The best candidate of the CTC beam search.</summary>
    CtcOnly,

    /// <summary>The most probable CTC class of each row.</summary>
    CtcGreedy,

    /// <summary>Beam search with the decoder alone (greedy with width 1).</summary>
    DecoderOnly,
}
