using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Checkpoints.Lexicons;

/// <summary>Pronunciations for the text front end: the words of a lexicon or of pronouncing dictionaries, and letter-to-sound for all others. Immutable, so that threads may share it.</summary>
public sealed class WordPronunciations : IPronunciations
{
    private readonly Dictionary<string, int> _words; // position in _starts
    private readonly int[] _starts; // of each word in _entries
    private readonly int[] _entries; // numbers of entries, word by word, the preferred ones first
    private readonly Func<int, IReadOnlyList<Phone>> _phones;
    private readonly LetterToSound? _letterToSound;

    private WordPronunciations(Dictionary<string, int> words, IReadOnlyList<(int Word, bool IsAlternative)> entries, Func<int, IReadOnlyList<Phone>> phones, LetterToSound? letterToSound)
    {
        (_words, _phones, _letterToSound) = (words, phones, letterToSound);
        (_starts, _entries) = (new int[words.Count + 1], new int[entries.Count]);
        foreach (var (word, _) in entries) _starts[word + 1]++;
        for (var word = 0; word < words.Count; word++) _starts[word + 1] += _starts[word];
        var next = _starts[..^1];
        foreach (var alternatives in (ReadOnlySpan<bool>)[false, true])
        {
            for (var i = 0; i < entries.Count; i++)
                if (entries[i].IsAlternative == alternatives) _entries[next[entries[i].Word]++] = i;
            if (!alternatives) Undecided = next.Index().Count(word => word.Item - _starts[word.Index] > 1);
        }
    }

    /// <summary>The file of that name in the first folder that has it; null if none has.</summary>
    public static string? Find(string name, params IEnumerable<string?> folders) => folders.OfType<string>().Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>The words of a lexicon, whose phones have no stress.</summary>
    /// <param name="lexicon">The lexicon.</param>
    /// <param name="letterToSound">Pronounces other words; null: they are spelled.</param>
    public static WordPronunciations Of(Lexicon lexicon, LetterToSound? letterToSound = null)
    {
        ArgumentNullException.ThrowIfNull(lexicon);
        var words = new Dictionary<string, int>(lexicon.Words.Count, StringComparer.Ordinal);
        for (var i = 0; i < lexicon.Words.Count; i++) words.Add(lexicon.Words[i], i);
        Phone[] phones = [default, .. Phone.Of(PhoneSet.Names)];
        return new WordPronunciations(words, [.. lexicon.Pronunciations.Select(entry => (entry.Word, entry.IsAlternative))], entry => [.. lexicon.Pronunciations[entry].Phones.Select(id => phones[id])], letterToSound);
    }

    /// <summary>The words of pronouncing dictionaries; the first one that has a word says how it is preferably pronounced.</summary>
    /// <param name="paths">Dictionaries in the CMU dictionary's format, with or without stress.</param>
    /// <param name="letterToSound">Pronounces other words; null: they are spelled.</param>
    /// <exception cref="PronunciationException">A file is missing, or a line has the wrong form.</exception>
    public static WordPronunciations Read(IEnumerable<string> paths, LetterToSound? letterToSound = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var words = new Dictionary<string, int>(StringComparer.Ordinal);
        var preferred = new HashSet<string>(StringComparer.Ordinal);
        var entries = new List<(int, bool)>();
        var phones = new List<IReadOnlyList<Phone>>();
        foreach (var entry in paths.SelectMany(path => PronouncingDictionary.Parse(PronouncingDictionary.Lines(path), path)))
        {
            words.TryAdd(entry.Word, words.Count);
            entries.Add((words[entry.Word], entry.IsAlternative || !preferred.Add(entry.Word)));
            phones.Add(entry.SpokenAs);
        }

        return new WordPronunciations(words, entries, entry => phones[entry], letterToSound) { HasStress = phones.Exists(all => all.Any(phone => phone.Stress is not null)) };
    }

    /// <summary>Number of words.</summary>
    public int Count => _words.Count;

    /// <summary>Number of words with several pronunciations of which none is marked as preferred, so that the first in the file is taken. Lexicons of version 1 mark none.</summary>
    public int Undecided { get; }

    /// <inheritdoc/>
    public bool HasStress { get; private init; }

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<Phone>> Find(string word) =>
        _words.TryGetValue(word, out var position) ? [.. _entries[_starts[position].._starts[position + 1]].Select(_phones)] : [];

    /// <inheritdoc/>
    public IReadOnlyList<Phone>? Guess(string word) => _letterToSound?.Pronounce(word) is [var found, ..] ? Phone.Of(found.Phones) : null;
}
