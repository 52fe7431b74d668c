namespace Qwen2Audio.Checkpoints.Lexicons;

/// <summary>A way to pronounce a word.</summary>
/// <param name="Word">Position in <see cref="Lexicon.Words"/>.</param>
/// <param name="Phones">1 to <see cref="LexiconFile.MostPhones"/> ids of <see cref="PhoneSet"/>.</param>
/// <param name="IsAlternative">Whether the dictionary prefers another pronunciation of the word: recognisers accept all, a synthesiser speaks the preferred one.</param>
public readonly record struct Pronunciation(int Word, byte[] Phones, bool IsAlternative = false);

/// <summary>Words and their pronunciations, one or several for each.</summary>
public sealed class Lexicon
{
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
        var known = new HashSet<string>(words.Count, StringComparer.Ordinal);
        foreach (var word in words)
        {
            if (string.IsNullOrEmpty(word) || word.Any(char.IsWhiteSpace)) throw fault($"the word \"{word}\"", "words without spaces");
            if (!known.Add(word)) throw fault($"the word \"{word}\" twice", "every word once");
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
    }

    /// <summary>The words.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>All pronunciations, sorted by their phones, then by word: the order of a prefix tree.</summary>
    public IReadOnlyList<Pronunciation> Pronunciations { get; }

    private static int Compare(Pronunciation a, Pronunciation b)
    {
        var phones = a.Phones.AsSpan().SequenceCompareTo(b.Phones);
        return phones != 0 ? phones : a.Word.CompareTo(b.Word);
    }
}
