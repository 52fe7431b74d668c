using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Text;

namespace Qwen2Audio.Training.Speech.Phones;

/// <summary>Makes a <see cref="Lexicon"/> from pronouncing dictionaries in the CMU dictionary's form, with all pronunciations of each word.</summary>
public static class LexiconBuilder
{
    /// <summary>Reads dictionaries. Words are brought into the normal form of transcripts; entries that are then not one word, as "a.m." or "x-ray", are left out.</summary>
    /// <param name="paths">The dictionaries.</param>
    /// <param name="words">Words to keep; null: all.</param>
    /// <param name="leftOut">Number of entries that are not one word.</param>
    /// <exception cref="PronunciationException">A file is missing, a line has the wrong form, or a word has more phones than a lexicon can hold.</exception>
    public static Lexicon Read(IEnumerable<string> paths, IReadOnlySet<string>? words, out int leftOut)
    {
        var positions = new Dictionary<string, int>(StringComparer.Ordinal);
        var preferred = new Dictionary<string, int>(StringComparer.Ordinal);
        var entries = Entries(paths, out leftOut).Where(entry => words?.Contains(entry.Word) != false).ToList();
        foreach (var (i, entry) in entries.Index())
        {
            positions.TryAdd(entry.Word, positions.Count);
            if (!preferred.TryGetValue(entry.Word, out var first) || (entries[first].IsAlternative && !entry.IsAlternative)) preferred[entry.Word] = i;
        }

        var pronunciations = entries.Select((entry, i) => new Pronunciation(positions[entry.Word], [.. PhoneSet.Ids(entry.Phones).Select(phone => (byte)phone)], preferred[entry.Word] != i)).ToList();

        return Sorted([.. positions.OrderBy(word => word.Value).Select(word => word.Key)], pronunciations);
    }

    /// <summary>Adds the most probable pronunciation of each word that a lexicon lacks.</summary>
    /// <param name="lexicon">The lexicon.</param>
    /// <param name="words">Words in the normal form of transcripts.</param>
    /// <param name="letterToSound">Pronounces the words.</param>
    public static Lexicon Complete(Lexicon lexicon, IEnumerable<string> words, LetterToSound letterToSound)
    {
        ArgumentNullException.ThrowIfNull(lexicon);
        ArgumentNullException.ThrowIfNull(letterToSound);
        List<string> all = [.. lexicon.Words];
        List<Pronunciation> pronunciations = [.. lexicon.Pronunciations];
        foreach (var word in words.Except(lexicon.Words, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (letterToSound.Pronounce(word) is not [var found] || found.Phones.Length > LexiconFile.MostPhones) continue;
            pronunciations.Add(new Pronunciation(all.Count, [.. PhoneSet.Ids(found.Phones).Select(phone => (byte)phone)]));
            all.Add(word);
        }

        return Sorted(all, pronunciations);
    }

    /// <summary>A lexicon whose words are in the order of their pronunciations, which makes its file smaller.</summary>
    private static Lexicon Sorted(List<string> words, List<Pronunciation> pronunciations)
    {
        var first = new Lexicon(words, pronunciations);
        int[] order = [.. first.Pronunciations.Select(entry => entry.Word).Distinct()];
        var places = new int[words.Count];
        foreach (var (place, word) in order.Index()) places[word] = place;
        return new Lexicon([.. order.Select(word => words[word])], first.Pronunciations.Select(entry => entry with { Word = places[entry.Word] }));
    }

    /// <summary>The entries of dictionaries that are one word, in the normal form of transcripts. One that has lost an apostrophe, as "'gain", is an alternative.</summary>
    /// <exception cref="PronunciationException">A file is missing, a line has the wrong form, or a word has more phones than a lexicon can hold.</exception>
    internal static List<(string Word, string[] Phones, bool IsAlternative)> Entries(IEnumerable<string> paths, out int leftOut)
    {
        var entries = new List<(string, string[], bool)>();
        leftOut = 0;
        foreach (var path in paths)
        {
            foreach (var entry in PronouncingDictionary.Parse(PronouncingDictionary.Lines(path), path))
            {
                var (word, phones) = (entry.Word.Trim('\''), entry.Phones);
                if (!TranscriptText.TryNormalise(word, out var normal, out _) || normal != word || word.Contains(' ')) leftOut++;
                else if (phones.Length > LexiconFile.MostPhones)
                    throw new PronunciationException(path, 0, $"\"{word}\" has {phones.Length} phones; allowed: up to {LexiconFile.MostPhones}.");
                else entries.Add((word, phones, entry.IsAlternative || word != entry.Word));
            }
        }

        return entries;
    }
}
