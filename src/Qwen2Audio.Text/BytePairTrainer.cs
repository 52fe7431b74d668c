namespace Qwen2Audio.Text;

/// <summary>
/// Learns a byte pair vocabulary for plain words: lower-case letters, apostrophe, space. A letter that begins a word ("Ġb") is a separate unit
/// from the start, so that b at the beginning and b within a word differ; merges never cross word boundaries. The most frequent pair is
/// merged first, with ties broken by sort order, so the result depends on the texts alone.
/// </summary>
public static class BytePairTrainer
{
    private const string Alphabet = "'abcdefghijklmnopqrstuvwxyz";

    /// <summary>
    /// Learns at most <paramref name="merges"/> merges (fewer if no pair occurs twice). The vocabulary is the space symbol, the 27
    /// characters, the 27 word-initial ones, then the merged units; the 27 merges that make word-initial units have the first ranks.
    /// </summary>
    /// <param name="texts">Texts with their weights (how often each counts); every text is read as if it began with a space.</param>
    /// <param name="merges">Number of units to learn in addition to characters.</param>
    /// <exception cref="UnknownTextException">A text contains another character.</exception>
    public static BytePairVocabulary Train(IEnumerable<(string Text, int Weight)> texts, int merges)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(merges);
        var space = ByteSymbols.Space.ToString();
        var tokens = new List<string> { space };
        tokens.AddRange(Alphabet.Select(letter => letter.ToString()));
        tokens.AddRange(Alphabet.Select(letter => space + letter));
        var ranked = Alphabet.Select(letter => (space, letter.ToString())).ToList();
        var words = CountWords(texts);
        for (var learned = 0; learned < merges; learned++)
        {
            if (BestPair(words) is not { } best) break;
            ranked.Add(best);
            tokens.Add(best.Left + best.Right);
            foreach (var word in words) word.Merge(best.Left, best.Right);
        }

        // two pairs can spell the same unit, which is one token; a pair that contains it can then be learned twice
        return new BytePairVocabulary(tokens.Distinct(StringComparer.Ordinal), [.. ranked.Distinct()]);
    }

    private static List<Word> CountWords(IEnumerable<(string Text, int Weight)> texts)
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var pieces = new List<Range>();
        foreach (var (text, weight) in texts)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(weight, nameof(texts));
            var unknown = text.AsSpan().IndexOfAnyExcept(Alphabet + " ");
            if (unknown >= 0) throw new UnknownTextException(text, unknown, $"\"{text[unknown]}\"");
            var padded = text.StartsWith(' ') ? text : " " + text;
            pieces.Clear();
            Qwen2Pretokenizer.Split(padded, pieces);
            foreach (var piece in pieces) counts[padded[piece]] = counts.GetValueOrDefault(padded[piece]) + weight;
        }

        return [.. counts.Select(pair => new Word(pair.Key, pair.Value))];
    }

    private static (string Left, string Right)? BestPair(List<Word> words)
    {
        var counts = new Dictionary<(string Left, string Right), long>();
        foreach (var word in words)
            for (var i = 0; i + 1 < word.Units.Count; i++)
            {
                var pair = (word.Units[i], word.Units[i + 1]);
                counts[pair] = counts.GetValueOrDefault(pair) + word.Count;
            }

        (string Left, string Right)? best = null;
        var most = 1L;
        foreach (var (pair, count) in counts)
            if (count > most || (count == most && best is { } held && Precedes(pair, held))) (best, most) = (pair, count);
        return best;
    }

    private static bool Precedes((string Left, string Right) a, (string Left, string Right) b)
    {
        var order = string.CompareOrdinal(a.Left, b.Left);
        return order != 0 ? order < 0 : string.CompareOrdinal(a.Right, b.Right) < 0;
    }

    private sealed class Word
    {
        public Word(string piece, long count)
        {
            Count = count;
            var start = 0;
            if (piece[0] == ' ')
            {
                Units.Add(piece.Length == 1 ? ByteSymbols.Space.ToString() : ByteSymbols.Space.ToString() + piece[1]);
                start = 2;
            }

            for (var i = start; i < piece.Length; i++) Units.Add(piece[i] == ' ' ? ByteSymbols.Space.ToString() : piece[i].ToString());
        }

        public List<string> Units { get; } = [];

        public long Count { get; }

        public void Merge(string left, string right)
        {
            for (var i = 0; i + 1 < Units.Count; i++)
            {
                if (Units[i] != left || Units[i + 1] != right) continue;
                Units[i] = left + right;
                Units.RemoveAt(i + 1);
            }
        }
    }
}
