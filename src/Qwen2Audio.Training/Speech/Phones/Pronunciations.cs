using Qwen2Audio.Checkpoints.Lexicons;

namespace Qwen2Audio.Training.Speech.Phones;

/// <summary>
/// Pronouncing dictionaries for training. The first pronunciation counts, in the first dictionary that has the word.
/// </summary>
internal sealed class Pronunciations
{
    private static readonly string[] NameOfA = ["EY"];

    private readonly Dictionary<string, string[]> _words = new(StringComparer.Ordinal) { ["snowboy"] = ["S", "N", "OW", "B", "OY"] };

    /// <summary>Number of words.</summary>
    public int Count => _words.Count;

    /// <summary>Reads dictionaries, in order of preference.</summary>
    /// <exception cref="PronunciationException">A file is missing, or a line has the wrong form.</exception>
    public static Pronunciations Read(params IEnumerable<string> paths)
    {
        var result = new Pronunciations();
        foreach (var path in paths) result.Add(PronouncingDictionary.Lines(path), path);
        return result;
    }

    /// <summary>Adds a dictionary's lines; words that already exist keep their phones.</summary>
    /// <exception cref="PronunciationException">A line has the wrong form.</exception>
    public void Add(IEnumerable<string> lines, string name = "dictionary")
    {
        foreach (var entry in PronouncingDictionary.Parse(lines, name))
            if (!entry.IsAlternative) _words.TryAdd(entry.Word, entry.Phones);
    }

    /// <summary>Phones of a normalised text, word by word; null when a word is not in the dictionaries.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isSpelled">Whether single letters are names of letters: "a" is then EY, and not the article. Dictionaries pronounce all other letters by their names.</param>
    public string[]? Find(string text, bool isSpelled = false)
    {
        var phones = new List<string>();
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (isSpelled && word == "a") phones.AddRange(NameOfA);
            else if (!_words.TryGetValue(word, out var found)) return null;
            else phones.AddRange(found);
        }

        return [.. phones];
    }

    /// <summary>Whether a dictionary has a word.</summary>
    public bool Has(string word) => _words.ContainsKey(word);

    /// <summary>Adds the most probable pronunciations of words.</summary>
    /// <returns>Words that cannot be pronounced, since they have letters that the dictionaries never have.</returns>
    public IReadOnlyList<string> Add(IEnumerable<string> words, LetterToSound letterToSound)
    {
        var without = new List<string>();
        foreach (var word in words)
        {
            if (letterToSound.Pronounce(word) is [var found]) _words.TryAdd(word, found.Phones);
            else without.Add(word);
        }

        return without;
    }
}
