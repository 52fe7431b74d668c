using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Training.Speech.Phones;

/// <summary>
/// Pronouncing dictionaries in the format of the CMU dictionary: a word and its phones per line, alternatives as "word(2)",
/// optional stress digits, comments after ";;;" or "##". The first pronunciation counts, in the first dictionary that has the word.
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
        foreach (var path in paths) result.Add(Lines(path), path);
        return result;
    }

    /// <summary>The lines of a dictionary.</summary>
    /// <exception cref="PronunciationException">The file is missing or cannot be read.</exception>
    public static string[] Lines(string path)
    {
        try
        {
            PlainFile.Require(path);
            return File.ReadAllLines(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PronunciationException(path, 0, exception.Message, exception);
        }
    }

    /// <summary>Adds a dictionary's lines; words that already exist keep their phones.</summary>
    /// <exception cref="PronunciationException">A line has the wrong form.</exception>
    public void Add(IEnumerable<string> lines, string name = "dictionary")
    {
        foreach (var (word, phones, isAlternative) in Parse(lines, name))
            if (!isAlternative) _words.TryAdd(word, phones);
    }

    /// <summary>The entries of a dictionary's lines: words in lower case, without the number of an alternative.</summary>
    /// <exception cref="PronunciationException">A line has the wrong form.</exception>
    public static IEnumerable<(string Word, string[] Phones, bool IsAlternative)> Parse(IEnumerable<string> lines, string name)
    {
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (line.StartsWith(";;;", StringComparison.Ordinal) || line.StartsWith("##", StringComparison.Ordinal)) continue;
            var parts = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 0) continue;
            if (parts.Length == 1) throw new PronunciationException(name, number, $"\"{parts[0]}\" has no phones.");
            var phones = new string[parts.Length - 1];
            for (var i = 0; i < phones.Length; i++)
            {
                phones[i] = parts[i + 1].TrimEnd('0', '1', '2').ToUpperInvariant();
                if (!PhoneSet.Has(phones[i]))
                    throw new PronunciationException(name, number, $"\"{parts[i + 1]}\" is not a phone; the phones are {string.Join(" ", PhoneSet.Names)}.");
            }

            var isAlternative = parts[0].EndsWith(')') && parts[0].IndexOf('(') > 0;
            yield return ((isAlternative ? parts[0][..parts[0].IndexOf('(')] : parts[0]).ToLowerInvariant(), phones, isAlternative);
        }
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
