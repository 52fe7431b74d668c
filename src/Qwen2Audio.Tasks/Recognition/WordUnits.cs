using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Groups text units into words.</summary>
internal static class WordUnits
{
    private const double UnitWeight = 0.15; // on 40 clips of open English 0.1 and 0.2 were calibrated best
    private const char SpaceSymbol = 'Ġ'; // how byte-level vocabularies write a space

    /// <summary>Ids below <paramref name="count"/> that are not text: control tokens and unused ids.</summary>
    public static HashSet<int> NotText(BytePairTokenizer tokenizer, int count)
    {
        var ids = Enumerable.Range(0, count).ToHashSet();
        ids.ExceptWith(tokenizer.Vocabulary.Ids.Values);
        return ids;
    }

    /// <summary>The text of ids; null when it is not valid UTF-8.</summary>
    public static string? Text(BytePairTokenizer tokenizer, ReadOnlySpan<int> ids)
    {
        var text = tokenizer.Decode(ids);
        return text.Contains('\uFFFD') ? null : string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Whether a unit begins with a space.</summary>
    public static bool BeginsWord(BytePairTokenizer tokenizer, int id) => tokenizer.Symbol(id)[0] == SpaceSymbol;

    /// <summary>[Start, End) of each word's units; units that are only a space belong to the next word.</summary>
    public static IReadOnlyList<(string Word, int Start, int End)> Words(BytePairTokenizer tokenizer, ReadOnlySpan<int> ids)
    {
        var words = new List<(string, int, int)>();
        for (var start = 0; start < ids.Length;)
        {
            var end = start + 1;
            while (end < ids.Length && !BeginsWord(tokenizer, ids[end])) end++;
            var word = tokenizer.Decode(ids[start..end]).Trim();
            if (word.Length > 0) words.Add((word, start, end));
            start = end;
        }

        return words;
    }

    /// <summary>
    /// The words of ids with times in seconds of the whole audio and confidences. Ids that cannot be aligned with the rows get equal shares of
    /// the piece and the confidence <paramref name="fallback"/>; <paramref name="aligned"/> is then false.
    /// </summary>
    public static IReadOnlyList<TranscribedWord> Timed(
        BytePairTokenizer tokenizer, EncodedPiece piece, int[] ids, double fallback, out bool aligned)
    {
        var words = Words(tokenizer, ids);
        var spans = CtcAlignment.Align(piece.Ctc, ids);
        aligned = spans is not null;
        if (spans is null)
        {
            var share = piece.Seconds / words.Count;
            return [.. words.Select((word, i) =>
                new TranscribedWord(word.Word, piece.Start + i * share, piece.Start + (i + 1) * share, fallback))];
        }

        return Timed(piece, [.. words.Select(word => new SpokenWord(word.Word, spans[word.Start].Start, spans[word.End - 1].End, Confidence(spans.AsSpan(word.Start..word.End))))]);
    }

    /// <summary>
    /// Words that were found in the phones, with times in seconds of the whole audio. Their posteriors are too sure, since the search's texts differ in few words, so the text units have a say:
    /// confidence = posterior · (confidence of the word's units)^<see cref="UnitWeight"/>, as far as the units can be aligned.
    /// </summary>
    public static IReadOnlyList<TranscribedWord> Timed(BytePairTokenizer tokenizer, EncodedPiece piece, int[] ids, SpokenWord[] words)
    {
        var units = Words(tokenizer, ids);
        if (units.Count != words.Length || CtcAlignment.Align(piece.Ctc, ids) is not { } spans) return Timed(piece, words);
        return Timed(piece, [.. words.Select((word, i) => word with { Posterior = word.Posterior * Math.Pow(Confidence(spans.AsSpan(units[i].Start..units[i].End)), UnitWeight) })]);
    }

    private static IReadOnlyList<TranscribedWord> Timed(EncodedPiece piece, SpokenWord[] words)
    {
        var times = WordTimes.Widen([.. words.Select(word => (piece.RowStart(word.Start), piece.RowStart(word.End)))], piece.Levels, piece.Seconds);
        return [.. words.Select((word, i) => new TranscribedWord(word.Text, piece.Start + times[i].Start, piece.Start + times[i].End, word.Posterior))];
    }

    private static double Confidence(ReadOnlySpan<CtcSpan> spans)
    {
        double sum = 0;
        foreach (var span in spans) sum += span.LogProbability;
        return Math.Exp(sum / spans.Length);
    }
}
