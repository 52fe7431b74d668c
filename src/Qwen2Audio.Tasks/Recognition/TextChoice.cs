using Qwen2Audio.Numerics.Probabilities;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>A text for a piece.</summary>
/// <param name="Ids">The text units that align best with the audio.</param>
/// <param name="DecoderScore">ln P of the units and the end by the decoder, divided by their number; null: the decoder did not judge them.</param>
/// <param name="Warning">A warning, or null.</param>
/// <param name="Words">The words, if they were found in the phones; null: the units' words are aligned.</param>
internal sealed record ChosenText(int[] Ids, double? DecoderScore, TaskWarning? Warning, SpokenWord[]? Words = null);

/// <summary>The four ways to decode a piece's rows.</summary>
internal sealed class TextChoice(ISpeechNetwork model, int width, double ctcWeight)
{
    private HashSet<int>? _excluded;

    /// <summary>Decodes a piece.</summary>
    public ChosenText Choose(EncodedPiece piece, Decoding decoding) => decoding switch
    {
        Decoding.CtcGreedy => Judged(piece, new ChosenText(piece.Ctc.Greedy(Excluded(piece)), null, null)),
        Decoding.CtcOnly => Judged(piece, Candidates(piece)[0].Chosen(null)),
        Decoding.DecoderOnly => ByDecoder(piece),
        Decoding.Combined => Combined(piece),
        _ => throw new ArgumentOutOfRangeException(nameof(decoding), decoding, "Unknown decoding."),
    };

    private ChosenText ByDecoder(EncodedPiece piece)
    {
        var decoded = model.Decode(piece, SpeechDetection.Transcribe, width);
        var warning = decoded.Ended ? null
            : new TaskWarning("unfinished", $"The decoder did not end its text for the piece at {piece.Start:F1} s.");
        return new ChosenText(decoded.Ids, decoded.LogProbability / (decoded.Ids.Length + 1), warning);
    }

    /// <summary>Adds the decoder's score if words are judged by it.</summary>
    private ChosenText Judged(EncodedPiece piece, ChosenText text) => model.Settings.Domain?.Words is null ? text
        : text with { DecoderScore = model.Score(piece, SpeechDetection.Transcribe, [text.Ids])[0] / (text.Ids.Length + 1) };

    private ChosenText Combined(EncodedPiece piece)
    {
        var candidates = Candidates(piece);
        var scores = model.Score(piece, SpeechDetection.Transcribe, [.. candidates.Select(candidate => candidate.Written)]);
        var (best, highest) = (0, double.NegativeInfinity);
        for (var i = 0; i < scores.Length; i++)
        {
            var sum = ctcWeight * candidates[i].Ctc + (1 - ctcWeight) * scores[i] + candidates[i].Language;
            if (sum > highest) (best, highest) = (i, sum);
        }

        return candidates[best].Chosen(scores[best] / (candidates[best].Written.Length + 1));
    }

    /// <summary>
    /// Texts of the beam searches, most probable by CTC and language model first. Unit sequences that decode to the same text are merged: their probabilities are summed,
    /// the most probable one is kept for alignment, and the decoder scores the tokenizer's own encoding. With a lexicon, texts come from the phones, unless these end within a word.
    /// </summary>
    private List<Candidate> Candidates(EncodedPiece piece)
    {
        var texts = new Dictionary<string, Candidate>(StringComparer.Ordinal);
        var languageModel = model.Settings.LanguageModel;
        if (model.Settings.Lexicon is { } lexicon && piece.Phones is { } phones)
        {
            foreach (var (text, log, language, words) in lexicon.Find(phones, width))
            {
                var ids = model.Tokenizer.Encode(text);
                texts[text] = new Candidate(ids, log, log, language, ids) { Words = words };
            }

            if (texts.Count > 0) return [.. texts.Values];
        }

        foreach (var (ids, _) in CtcBeamSearch.Search(piece.Ctc, width, Excluded(piece), scorer: languageModel?.Over(model.Tokenizer)))
        {
            if (WordUnits.Text(model.Tokenizer, ids) is not { } text) continue;
            var log = CtcAlignment.LogProbability(piece.Ctc, ids);
            texts[text] = texts.TryGetValue(text, out var known)
                ? new Candidate(log > known.Best ? ids : known.Ids, Math.Max(log, known.Best), LogSumExp.Of(known.Ctc, log), known.Language, known.Written)
                : new Candidate(ids, log, log, languageModel?.Score(text) ?? 0, model.Tokenizer.Encode(text));
        }

        if (texts.Count == 0) texts[""] = new Candidate([], 0, 0, 0, []);
        return [.. texts.Values.OrderByDescending(candidate => candidate.Ctc + candidate.Language)];
    }

    private HashSet<int> Excluded(EncodedPiece piece) => _excluded ??= WordUnits.NotText(model.Tokenizer, piece.Ctc.Classes);

    private sealed record Candidate(int[] Ids, double Best, double Ctc, double Language, int[] Written)
    {
        public SpokenWord[]? Words { get; init; }

        public ChosenText Chosen(double? decoderScore) => new(Ids, decoderScore, null, Words);
    }
}
