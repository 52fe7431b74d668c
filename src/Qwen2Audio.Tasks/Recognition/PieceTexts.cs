using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Domain;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Collects the words of successive pieces, decoded in one way.</summary>
internal sealed class PieceTexts(BytePairTokenizer tokenizer, TextChoice choice, Decoding decoding)
{
    private readonly List<TranscribedWord> _words = [];
    private readonly List<TaskWarning> _warnings = [];
    private readonly List<(double Start, double Score)> _scores = [];

    /// <summary>The words so far.</summary>
    public IReadOnlyList<TranscribedWord> Words => _words;

    /// <summary>Warnings about the words.</summary>
    public IReadOnlyList<TaskWarning> Warnings => _warnings;

    /// <summary>Start in seconds and <see cref="ModelDomain.TextScore"/> of each piece with text.</summary>
    public IReadOnlyList<(double Start, double Score)> Scores => _scores;

    /// <summary>Adds the words of the next piece.</summary>
    public void Add(EncodedPiece piece)
    {
        var text = choice.Choose(piece, decoding);
        if (text.Warning is not null) _warnings.Add(text.Warning);
        if (text.Ids.Length > 0)
        {
            _scores.Add((piece.Start, ModelDomain.TextScore(piece.Ctc, text.Ids)));
            var aligned = true;
            _words.AddRange(text.Words is { } words ? WordUnits.Timed(tokenizer, piece, text.Ids, words) : WordUnits.Timed(tokenizer, piece, text.Ids, text.Confidence, out aligned));
            if (!aligned)
                _warnings.Add(new TaskWarning("times-unknown", $"The words of the piece at {piece.Start:F1} s cannot be aligned with its audio; their times divide it equally."));
        }
    }
}
