namespace Qwen2Audio.Checkpoints.NGrams;

/// <summary>
/// A back-off n-gram language model over words (Katz 1987): P(w | h) is stored for each n-gram h w of the model; for others it is
/// backoff(h) · P(w | h without its first word). Immutable, so that threads may share it.
/// </summary>
public sealed class NGramModel
{
    /// <summary>Stands for all words outside the vocabulary.</summary>
    public const string Unknown = "<unk>";

    /// <summary>Begins a sentence; never predicted.</summary>
    public const string Start = "<s>";

    /// <summary>Ends a sentence.</summary>
    public const string End = "</s>";

    private readonly Dictionary<string, int> _ids;

    /// <summary>Wraps the levels of a trie. The first level lists the words in the order of their ids, one 1-gram each.</summary>
    /// <param name="words">The vocabulary, with <see cref="Unknown"/>, <see cref="Start"/> and <see cref="End"/>.</param>
    /// <param name="orders">The n-grams by length.</param>
    public NGramModel(IReadOnlyList<string> words, IReadOnlyList<NGramOrder> orders)
    {
        (Words, Orders) = (words, orders);
        _ids = words.Select((word, id) => (word, id)).ToDictionary(StringComparer.Ordinal);
        (UnknownId, EndId) = (_ids[Unknown], _ids[End]);
        Beginning = Next(new NGramState([.. Enumerable.Repeat(-1, orders.Count - 1)]), _ids[Start]);
    }

    /// <summary>The vocabulary; ids are positions in it.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>The n-grams by length, 1-grams first.</summary>
    public IReadOnlyList<NGramOrder> Orders { get; }

    /// <summary>The state at the start of a sentence.</summary>
    public NGramState Beginning { get; }

    /// <summary>Id of <see cref="Unknown"/>.</summary>
    public int UnknownId { get; }

    /// <summary>Id of <see cref="End"/>.</summary>
    public int EndId { get; }

    /// <summary>The id of a word; <see cref="UnknownId"/> if it is not in the vocabulary.</summary>
    public int IdOf(string word) => _ids.GetValueOrDefault(word, UnknownId);

    /// <summary>ln P(word | previous words).</summary>
    public double LogProbability(NGramState state, int word)
    {
        var sum = 0.0;
        for (var n = state.Entries.Length; n > 0; n--)
        {
            if (state.Entries[n - 1] < 0) continue;
            if (Find(n, state.Entries[n - 1], word) is >= 0 and var found) return sum + Orders[n].LogProbabilities[found];
            sum += Orders[n - 1].Backoffs[state.Entries[n - 1]];
        }

        return sum + Orders[0].LogProbabilities[word];
    }

    /// <summary>The state after one more word.</summary>
    public NGramState Next(NGramState state, int word)
    {
        var entries = new int[state.Entries.Length];
        for (var n = 0; n < entries.Length; n++)
            entries[n] = n == 0 ? word : state.Entries[n - 1] < 0 ? -1 : Find(n, state.Entries[n - 1], word);
        return new NGramState(entries);
    }

    /// <summary>The n-gram of <paramref name="length"/> + 1 words that continues an n-gram of that length with a word; negative: none.</summary>
    private int Find(int length, int entry, int word)
    {
        var children = Orders[length - 1].Children;
        return Array.BinarySearch(Orders[length].Words, children[entry], children[entry + 1] - children[entry], word);
    }
}

/// <summary>The previous words: for each n below the order, the n-gram that ends them; negative if the model does not have it.</summary>
public sealed class NGramState
{
    internal NGramState(int[] entries) => Entries = entries;

    internal int[] Entries { get; }

    /// <summary>The longest n-gram, as its length and its place; it determines the shorter ones and so all probabilities.</summary>
    internal long Context
    {
        get
        {
            for (var n = Entries.Length - 1; n >= 0; n--)
                if (Entries[n] >= 0) return ((n + 1L) << 32) | (uint)Entries[n];
            return 0;
        }
    }
}
