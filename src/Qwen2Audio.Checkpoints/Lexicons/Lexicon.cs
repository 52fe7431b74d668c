namespace Qwen2Audio.Checkpoints.Lexicons;

/// <summary>A way to pronounce a word.</summary>
/// <param name="Word">Position in <see cref="Lexicon.Words"/>.</param>
/// <param name="Phones">Ids of <see cref="PhoneSet"/>; at least one.</param>
public readonly record struct Pronunciation(int Word, byte[] Phones);

/// <summary>Words and their pronunciations, one or several for each.</summary>
public sealed class Lexicon
{
    /// <summary>Sorts the pronunciations and drops repeated ones.</summary>
    /// <param name="words">The words, each once.</param>
    /// <param name="pronunciations">Their pronunciations, in any order.</param>
    public Lexicon(IReadOnlyList<string> words, IEnumerable<Pronunciation> pronunciations)
    {
        Words = words;
        var sorted = pronunciations.ToList();
        sorted.Sort(Compare);
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
