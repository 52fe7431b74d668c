using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Checkpoints.Lexicons;

/// <summary>Pronunciations for the text front end: the words of a lexicon or of pronouncing dictionaries, and letter-to-sound for all others. Immutable, so that threads may share it.</summary>
public sealed class WordPronunciations : IPronunciations
{
    private readonly Dictionary<string, IReadOnlyList<Phone>[]> _words;
    private readonly LetterToSound? _letterToSound;

    private WordPronunciations(IEnumerable<(string Word, IReadOnlyList<Phone> Phones, bool IsAlternative)> entries, LetterToSound? letterToSound)
    {
        _words = entries.GroupBy(entry => entry.Word, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.OrderBy(entry => entry.IsAlternative).Select(entry => entry.Phones).ToArray(), StringComparer.Ordinal);
        _letterToSound = letterToSound;
        HasStress = _words.Values.Any(all => all.Any(phones => phones.Any(phone => phone.Stress is not null)));
    }

    /// <summary>The words of a lexicon, whose phones have no stress.</summary>
    /// <param name="lexicon">The lexicon.</param>
    /// <param name="letterToSound">Pronounces other words; null: they are spelled.</param>
    public static WordPronunciations Of(Lexicon lexicon, LetterToSound? letterToSound = null)
    {
        ArgumentNullException.ThrowIfNull(lexicon);
        Phone[] phones = [default, .. Phone.Of(PhoneSet.Names)];
        return new WordPronunciations(lexicon.Pronunciations.Select(entry => (lexicon.Words[entry.Word], (IReadOnlyList<Phone>)[.. entry.Phones.Select(id => phones[id])], entry.IsAlternative)), letterToSound);
    }

    /// <summary>The words of pronouncing dictionaries; the first one that has a word says how it is preferably pronounced.</summary>
    /// <param name="paths">Dictionaries in the CMU dictionary's format, with or without stress.</param>
    /// <param name="letterToSound">Pronounces other words; null: they are spelled.</param>
    /// <exception cref="PronunciationException">A file is missing, or a line has the wrong form.</exception>
    public static WordPronunciations Read(IEnumerable<string> paths, LetterToSound? letterToSound = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return new WordPronunciations(paths.SelectMany(path => PronouncingDictionary.Parse(PronouncingDictionary.Lines(path), path)).Select(entry => (entry.Word, entry.SpokenAs, entry.IsAlternative)), letterToSound);
    }

    /// <summary>Number of words.</summary>
    public int Count => _words.Count;

    /// <inheritdoc/>
    public bool HasStress { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<Phone>> Find(string word) => _words.GetValueOrDefault(word) ?? [];

    /// <inheritdoc/>
    public IReadOnlyList<Phone>? Guess(string word) => _letterToSound?.Pronounce(word) is [var found, ..] ? Phone.Of(found.Phones) : null;
}
