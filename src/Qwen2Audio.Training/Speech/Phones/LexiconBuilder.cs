using Qwen2Audio.Checkpoints.Lexicons;

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
        var pronunciations = new List<Pronunciation>();
        leftOut = 0;
        foreach (var path in paths)
        {
            foreach (var (entry, phones, _) in Pronunciations.Parse(Pronunciations.Lines(path), path))
            {
                var word = entry.Trim('\'');
                if (!TrainingText.TryNormalise(word, out var normal, out _) || normal != word || word.Contains(' '))
                {
                    leftOut++;
                    continue;
                }

                if (words?.Contains(word) == false) continue;
                if (phones.Length > LexiconFile.MostPhones)
                    throw new PronunciationException(path, 0, $"\"{word}\" has {phones.Length} phones; allowed: up to {LexiconFile.MostPhones}.");
                if (!positions.TryGetValue(word, out var position)) positions[word] = position = positions.Count;
                pronunciations.Add(new Pronunciation(position, [.. PhoneSet.Ids(phones).Select(phone => (byte)phone)]));
            }
        }

        return new Lexicon([.. positions.OrderBy(word => word.Value).Select(word => word.Key)], pronunciations);
    }
}
