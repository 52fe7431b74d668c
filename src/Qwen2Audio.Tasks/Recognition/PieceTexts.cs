using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Domain;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Collects the words of successive pieces, decoded in one way.</summary>
/// <param name="model">The model, whose domain gives the words' confidences and suspects them; without one they are not calibrated.</param>
/// <param name="choice">Chooses a piece's text.</param>
/// <param name="decoding">How.</param>
internal sealed class PieceTexts(ISpeechNetwork model, TextChoice choice, Decoding decoding)
{
    private readonly ModelDomain? _domain = model.Settings.Domain;
    private readonly List<SuspectedText> _suspected = [];
    private readonly List<TranscribedWord> _words = [];
    private readonly List<TaskWarning> _warnings = [];
    private readonly List<(double Start, WordEvidence[] Words)> _pieces = [];

    /// <summary>The words so far.</summary>
    public IReadOnlyList<TranscribedWord> Words => _words;

    /// <summary>Whether all words have times from the audio.</summary>
    public bool IsTimed { get; private set; } = true;

    /// <summary>Warnings about the words.</summary>
    public IReadOnlyList<TaskWarning> Warnings => _warnings;

    /// <summary>Start in seconds of each piece with words, and what these are judged by.</summary>
    public IReadOnlyList<(double Start, WordEvidence[] Words)> Pieces => _pieces;

    /// <summary>Words that are probably not in the audio.</summary>
    public IReadOnlyList<SuspectedText> Suspected => _suspected;

    /// <summary>The words of a text with their times and what they are judged by.</summary>
    public static IReadOnlyList<RecognisedWord> Judged(ISpeechNetwork model, EncodedPiece piece, ChosenText text, out bool aligned)
    {
        aligned = true;
        if (text.Ids.Length == 0) return [];
        var words = WordUnits.Timed(model.Tokenizer, piece, text, out aligned);
        return model.Settings.Lexicon is { } lexicon && piece.Phones is { } phones ? lexicon.WithPhones(words, phones) : words;
    }

    /// <summary>Adds the words of the next piece; if <paramref name="onlyInDomain"/>, not those that would be doubted.</summary>
    /// <returns>Whether it did.</returns>
    public bool Add(EncodedPiece piece, bool onlyInDomain = false)
    {
        var text = choice.Choose(piece, decoding);
        var words = Judged(model, piece, text, out var aligned);
        WordEvidence[] evidence = [.. words.Select(word => word.Evidence)];
        var calibration = _domain?.Words;
        var isClear = calibration is not null && words.Count > 0 && ModelDomain.TextScore(calibration, evidence) >= _domain!.MinTextScore;
        if (onlyInDomain && !isClear) return false;
        if (text.Warning is not null) _warnings.Add(text.Warning);
        _words.AddRange(words.Select(word => new TranscribedWord(word.Text, word.Start, word.End, calibration?.Confidence(word.Evidence) ?? word.Evidence.Confidence)));
        if (words.Count > 0)
        {
            _pieces.Add((piece.Start, evidence));
            Suspect(piece, words, evidence, isClear);
        }

        IsTimed &= aligned;
        if (!aligned)
            _warnings.Add(new TaskWarning("times-unknown", $"The words of the piece at {piece.Start:F1} s cannot be aligned with its audio; their times divide it equally."));
        return true;
    }

    private void Suspect(EncodedPiece piece, IReadOnlyList<RecognisedWord> words, WordEvidence[] evidence, bool isClear)
    {
        if (piece.Speech is { } speech && speech < model.Settings.SpeechThreshold && !isClear) Add(0, words.Count, string.Create(CultureInfo.InvariantCulture, $"no speech: its probability is {speech:0.00}"));
        else foreach (var (start, end) in _domain?.Hallucinations?.Find(evidence) ?? []) Add(start, end, "not heard in the audio");

        void Add(int start, int end, string sign)
        {
            var text = string.Join(' ', words.Skip(start).Take(end - start).Select(word => word.Text));
            _suspected.Add(new SuspectedText(text, words[start].Start, words[end - 1].End, [$"{sign}: \"{text}\""]));
        }
    }
}
