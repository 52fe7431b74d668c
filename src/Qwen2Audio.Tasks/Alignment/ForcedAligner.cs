using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats.Alignments;
using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Alignment;

/// <summary>
/// Finds when the words and phones of a known text are spoken, by the phones that a small model hears (forced alignment). Of the pronunciations of a word the one that fits best is taken; words may be
/// separated by silence. Threads may share it.
/// </summary>
public sealed class ForcedAligner
{
    private const int LeastFrames = 3; // of a phone: 30 ms
    private const int LeastFramesInHaste = 1; // if the clip is too short for that
    private const int Around = 3; // frames around a phone in which the recogniser may emit it
    private const double Unlikely = 0.3; // mean confidence below which the text is doubted

    private readonly SpeechModel _model;
    private readonly Lexicon _lexicon;
    private readonly LetterToSound? _letterToSound;

    /// <summary>Prepares alignment.</summary>
    /// <param name="model">A model that was trained with phones; the caller keeps it.</param>
    /// <param name="lexicon">Pronunciations of words in the normal form of transcripts.</param>
    /// <param name="letterToSound">Pronounces the words that the lexicon lacks; null: they are refused.</param>
    /// <exception cref="NotSupportedException">The model has no phones.</exception>
    public ForcedAligner(SpeechModel model, Lexicon lexicon, LetterToSound? letterToSound = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(lexicon);
        if (model.Info.Config.AudioConfig.PhoneVocabSize != PhoneSet.Count)
            throw new NotSupportedException($"{model.Info.Path}: the model has no phones, which alignment needs; allowed: a small model that was trained with data.dictionaries and phone_layers above 0.");
        (_model, _lexicon, _letterToSound) = (model, lexicon, letterToSound);
    }

    /// <summary>Aligns a text with a clip.</summary>
    /// <param name="clip">The audio.</param>
    /// <param name="text">What is said in it: words of letters and apostrophes; punctuation is ignored, numbers are written as words.</param>
    /// <param name="progress">Called on the computing thread with the fraction of the audio heard, 0…1.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <exception cref="AlignmentException">The text has no words, or one without a pronunciation; or the clip is silent, or too short or too long for it.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public TextAlignment Align(AudioClip clip, string text, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var work = Work(clip, text, progress);
        return _model.Gate.Run(work, cancellation);
    }

    /// <inheritdoc cref="Align"/>
    public Task<TextAlignment> AlignAsync(AudioClip clip, string text, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        _model.Gate.RunAsync(Work(clip, text, progress), cancellation);

    private Func<TextAlignment> Work(AudioClip clip, string text, IProgress<double>? progress)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(text);
        if (!TranscriptText.TryNormalise(text, out var normal, out var unknown))
            throw new AlignmentException($"The text contains '{unknown}'; {TranscriptText.Allowed}.");
        var words = normal.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) throw new AlignmentException("The text has no words; allowed: what is said in the audio.");
        List<IReadOnlyList<byte[]>> pronunciations = [.. words.Select(Pronounce)];
        var began = Stopwatch.GetTimestamp();
        return () =>
        {
            var encoded = ClipEncoder.Prepare(_model.Speech, clip, ClipEncoder.MaxPieceSeconds, began, progress);
            var pieces = encoded.Pieces.ToList();
            var scores = PhoneScores.Of(pieces, encoded.Seconds, out var hasSound);
            if (!hasSound) throw new AlignmentException($"There is no sound to align the text with: {string.Join(" ", encoded.Warnings.Select(warning => warning.Text))}");
            var found = Found(words, pronunciations, scores, encoded.Seconds, encoded.Warnings);
            return found with { Warnings = [.. found.Warnings, .. TextCoverage.Warnings(pieces, found.Words, pronunciations)] };
        };
    }

    private IReadOnlyList<byte[]> Pronounce(string word)
    {
        if (_lexicon.Find(word) is { Count: > 0 } known) return known;
        if (_letterToSound is null) throw new AlignmentException($"The dictionary has no pronunciation of \"{word}\"; add it to a dictionary, or use letter-to-sound.");
        return _letterToSound.Pronounce(word) is [var found] ? [[.. PhoneSet.Ids(found.Phones).Select(phone => (byte)phone)]]
            : throw new AlignmentException($"Neither dictionary nor letter-to-sound has a pronunciation of \"{word}\"; add it to a dictionary.");
    }

    internal static TextAlignment Found(string[] words, IReadOnlyList<IReadOnlyList<byte[]>> pronunciations, PhoneScores scores, double seconds, IReadOnlyList<TaskWarning> warnings)
    {
        var spans = Find(LeastFrames) ?? Find(LeastFramesInHaste)
            ?? throw new AlignmentException($"Audio of {seconds:0.00} s is too short for {words.Length} words: each phone takes at least {LeastFramesInHaste * PhoneScores.Step * 1000:0} ms.");
        var aligned = new AlignedWord[words.Length];
        foreach (var word in spans.GroupBy(span => span.Word))
        {
            List<AlignedPhone> phones = [.. word.Select(span => new AlignedPhone(PhoneSet.Names[span.Phone - 1], Time(span.Start), Math.Min(Time(span.End), seconds)))];
            var confidence = word.Average(span => scores.Posterior(span.Phone, Math.Max(0, span.Start - Around), Math.Min(scores.Frames, span.End + Around)));
            aligned[word.Key] = new AlignedWord(words[word.Key], phones[0].Start, phones[^1].End, Math.Round(confidence, 4), phones);
        }

        var mean = aligned.Average(word => word.Confidence);
        return new TextAlignment(aligned, seconds, mean >= Unlikely ? warnings
            : [.. warnings, new TaskWarning("other-text", $"The audio seems to say something else: the recogniser gives the text's phones a probability of {mean:0.00} on average, and at least {Unlikely:0.00} is usual.")]);

        List<PhoneSpan>? Find(int least)
        {
            var graph = new PhoneGraph(pronunciations, least);
            if ((long)graph.States.Count * scores.Frames > PhoneAlignment.MostSteps)
                throw new AlignmentException($"Audio of {seconds:0} s with {words.Length} words is too long to be aligned at once; allowed: {PhoneAlignment.MostSteps / graph.States.Count * PhoneScores.Step:0} s for this text. Divide both.");
            return PhoneAlignment.Find(scores.Logs, graph, out _);
        }
    }

    private static double Time(int frame) => Math.Round(frame * PhoneScores.Step, 3);
}
