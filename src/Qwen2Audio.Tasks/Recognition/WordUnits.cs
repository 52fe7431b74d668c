using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Groups text units into words.</summary>
internal static class WordUnits
{
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
    /// The words of a text with times. Those that were found in the phones have their times; others are aligned or, if <paramref name="aligned"/> is false, get equal shares of the piece.
    /// </summary>
    public static IReadOnlyList<RecognisedWord> Timed(BytePairTokenizer tokenizer, EncodedPiece piece, ChosenText text, out bool aligned)
    {
        var units = Words(tokenizer, text.Ids);
        var spans = CtcAlignment.Align(piece.Ctc, text.Ids);
        aligned = true;
        if (text.Words is { } words)
        {
            var known = units.Count == words.Length ? spans : null;
            return Timed(piece, [.. words.Select((word, i) => (word.Text, word.Start, word.End,
                Evidence(word.Posterior, known is null ? [] : known.AsSpan(units[i].Start..units[i].End), text)))]);
        }

        if (spans is not null)
        {
            return Timed(piece, [.. units.Select(word => (word.Word, spans[word.Start].Start, spans[word.End - 1].End,
                Evidence(null, spans.AsSpan(word.Start..word.End), text)))]);
        }

        aligned = false;
        var share = piece.Seconds / units.Count;
        return [.. units.Select((word, i) => new RecognisedWord(word.Word, piece.Start + i * share, piece.Start + (i + 1) * share,
            new WordEvidence(null, null, text.DecoderScore) { Support = new WordSupport(WordSupport.Most * (word.End - word.Start), word.End - word.Start) }))];
    }

    private static IReadOnlyList<RecognisedWord> Timed(EncodedPiece piece, (string Text, int Start, int End, WordEvidence Evidence)[] words)
    {
        var times = WordTimes.Widen([.. words.Select(word => (piece.RowStart(word.Start), piece.RowStart(word.End)))], piece.Levels, piece.Seconds);
        return [.. words.Select((word, i) => new RecognisedWord(word.Text, piece.Start + times[i].Start, piece.Start + times[i].End, word.Evidence))];
    }

    /// <summary>What a word with these units is judged by; without any its units are unknown.</summary>
    private static WordEvidence Evidence(double? posterior, ReadOnlySpan<CtcSpan> spans, ChosenText text)
    {
        var (sum, loss) = (0.0, 0.0);
        foreach (var span in spans)
        {
            sum += span.LogProbability;
            loss += Math.Min(WordSupport.Most, -span.LogProbability);
        }

        return new WordEvidence(posterior, spans.IsEmpty ? null : sum / spans.Length, text.DecoderScore) { Support = new WordSupport(loss, spans.Length) };
    }
}
