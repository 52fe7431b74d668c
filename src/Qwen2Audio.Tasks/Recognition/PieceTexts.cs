using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Domain;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Collects the words of successive pieces, decoded in one way.</summary>
/// <param name="tokenizer">Text units.</param>
/// <param name="choice">Chooses a piece's text.</param>
/// <param name="decoding">How.</param>
/// <param name="domain">Gives the words' confidences; null: they are not calibrated.</param>
internal sealed class PieceTexts(BytePairTokenizer tokenizer, TextChoice choice, Decoding decoding, ModelDomain? domain)
{
    private readonly List<TranscribedWord> _words = [];
    private readonly List<TaskWarning> _warnings = [];
    private readonly List<(double Start, WordEvidence[] Words)> _pieces = [];

    /// <summary>The words so far.</summary>
    public IReadOnlyList<TranscribedWord> Words => _words;

    /// <summary>Warnings about the words.</summary>
    public IReadOnlyList<TaskWarning> Warnings => _warnings;

    /// <summary>Start in seconds of each piece with words, and what these are judged by.</summary>
    public IReadOnlyList<(double Start, WordEvidence[] Words)> Pieces => _pieces;

    /// <summary>Adds the words of the next piece; if <paramref name="onlyInDomain"/>, not those that would be doubted.</summary>
    /// <returns>Whether it did.</returns>
    public bool Add(EncodedPiece piece, bool onlyInDomain = false)
    {
        var text = choice.Choose(piece, decoding);
        var aligned = true;
        var words = text.Ids.Length == 0 ? [] : WordUnits.Timed(tokenizer, piece, text, out aligned);
        var calibration = domain?.Words;
        if (onlyInDomain && !(calibration is not null && words.Count > 0 && ModelDomain.TextScore(calibration, [.. words.Select(word => word.Evidence)]) >= domain!.MinTextScore)) return false;
        if (text.Warning is not null) _warnings.Add(text.Warning);
        _words.AddRange(words.Select(word => new TranscribedWord(word.Text, word.Start, word.End, calibration?.Confidence(word.Evidence) ?? word.Evidence.Confidence)));
        if (words.Count > 0) _pieces.Add((piece.Start, [.. words.Select(word => word.Evidence)]));
        if (!aligned)
            _warnings.Add(new TaskWarning("times-unknown", $"The words of the piece at {piece.Start:F1} s cannot be aligned with its audio; their times divide it equally."));
        return true;
    }
}
