namespace Qwen2Audio.Checkpoints.Lexicons;

/// <summary>A way to pronounce a word.</summary>
/// <param name="Word">Position in <see cref="Lexicon.Words"/>.</param>
/// <param name="Phones">1 to <see cref="LexiconFile.MostPhones"/> ids of <see cref="PhoneSet"/>.</param>
/// <param name="IsAlternative">Whether the dictionary prefers another pronunciation of the word: recognisers accept all, a synthesiser speaks the preferred one.</param>
public readonly record struct Pronunciation(int Word, byte[] Phones, bool IsAlternative = false);

/// <summary>Words and their pronunciations, one or several for each.</summary>
public sealed class Lexicon
{
    private readonly Dictionary<string, int> _positions;
    private readonly Lazy<(int[] Starts, int[] Entries)> _byWord; // numbers of pronunciations, word by word

    /// <summary>Sorts the pronunciations and drops repeated ones.</summary>
    /// <param name="words">The words, each once, without spaces.</param>
    /// <param name="pronunciations">Their pronunciations, in any order.</param>
    /// <exception cref="ArgumentException">A word is empty, has a space or is repeated, or a pronunciation is not of a word or not of 1 to <see cref="LexiconFile.MostPhones"/> phones.</exception>
    public Lexicon(IReadOnlyList<string> words, IEnumerable<Pronunciation> pronunciations)
        : this(words, pronunciations, (found, allowed) => new ArgumentException($"Found {found}; allowed: {allowed}."))
    {
    }

    /// <param name="fault">The exception for what was found and what is allowed.</param>
    internal Lexicon(IReadOnlyList<string> words, IEnumerable<Pronunciation> pronunciations, Func<string, string, Exception> fault)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(pronunciations);
        Words = words;
        _positions = new Dictionary<string, int>(words.Count, StringComparer.Ordinal);
        foreach (var word in words)
        {
            if (string.IsNullOrEmpty(word) || word.Any(char.IsWhiteSpace)) throw fault($"the word \"{word}\"", "words without spaces");
            if (!_positions.TryAdd(word, _positions.Count)) throw fault($"the word \"{word}\" twice", "every word once");
        }

        var sorted = pronunciations.ToList();
        foreach (var (word, phones, _) in sorted)
        {
            if (word < 0 || word >= words.Count) throw fault($"a pronunciation of word {word}", $"words 0 to {words.Count - 1}");
            if (phones is not { Length: >= 1 and <= LexiconFile.MostPhones }) throw fault($"{phones?.Length ?? 0} phones of \"{words[word]}\"", $"1 to {LexiconFile.MostPhones}");
            if (phones.AsSpan().IndexOfAnyExceptInRange((byte)1, (byte)(PhoneSet.Count - 1)) is >= 0 and var at)
                throw fault($"the number {phones[at]} as a phone of \"{words[word]}\"", $"1 to {PhoneSet.Count - 1}");
        }

        sorted.Sort((a, b) => Compare(a, b) is var order and not 0 ? order : a.IsAlternative.CompareTo(b.IsAlternative));
        Pronunciations = [.. sorted.Where((entry, i) => i == 0 || Compare(sorted[i - 1], entry) != 0)];
        _byWord = new(ByWord);
    }

    /// <summary>The words.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>All pronunciations, sorted by their phones, then by word: the order of a prefix tree.</summary>
    public IReadOnlyList<Pronunciation> Pronunciations { get; }

    /// <summary>The phones of a word's pronunciations, in the order of <see cref="Pronunciations"/>; none if the lexicon lacks it. Threads may share it.</summary>
    public IReadOnlyList<byte[]> Find(string word)
    {
        if (!_positions.TryGetValue(word, out var position)) return [];
        var (starts, entries) = _byWord.Value;
        return [.. entries[starts[position]..starts[position + 1]].Select(entry => Pronunciations[entry].Phones)];
    }

    private (int[] Starts, int[] Entries) ByWord()
    {
        var (starts, entries) = (new int[Words.Count + 1], new int[Pronunciations.Count]);
        foreach (var entry in Pronunciations) starts[entry.Word + 1]++;
        for (var word = 0; word < Words.Count; word++) starts[word + 1] += starts[word];
        var next = starts[..^1];
        for (var entry = 0; entry < entries.Length; entry++) entries[next[Pronunciations[entry].Word]++] = entry;
        return (starts, entries);
    }

    private static int Compare(Pronunciation a, Pronunciation b)
    {
        var phones = a.Phones.AsSpan().SequenceCompareTo(b.Phones);
        return phones != 0 ? phones : a.Word.CompareTo(b.Word);
    }
}
