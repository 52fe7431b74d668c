using Qwen2Audio.Formats.Files;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Checkpoints.Lexicons;

/// <summary>An entry of a pronouncing dictionary.</summary>
/// <param name="Word">The word in lower case, without the number of an alternative.</param>
/// <param name="SpokenAs">Its phones, with stress if the dictionary has it.</param>
/// <param name="IsAlternative">Whether it is marked as another pronunciation of the word, as "word(2)".</param>
public readonly record struct DictionaryEntry(string Word, IReadOnlyList<Phone> SpokenAs, bool IsAlternative)
{
    /// <summary>The phones without stress: names of <see cref="PhoneSet"/>.</summary>
    public string[] Phones => [.. SpokenAs.Select(phone => phone.Name)];
}

/// <summary>
/// Reads pronouncing dictionaries in the format of the CMU dictionary: a word and its phones per line, alternatives as "word(2)", optional stress digits, comments after ";;;" or "##".
/// </summary>
public static class PronouncingDictionary
{
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

    /// <summary>The entries of a dictionary's lines: words in lower case, without the number of an alternative.</summary>
    /// <exception cref="PronunciationException">A line has the wrong form.</exception>
    public static IEnumerable<DictionaryEntry> Parse(IEnumerable<string> lines, string name)
    {
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (line.StartsWith(";;;", StringComparison.Ordinal) || line.StartsWith("##", StringComparison.Ordinal)) continue;
            var parts = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 0) continue;
            if (parts.Length == 1) throw new PronunciationException(name, number, $"\"{parts[0]}\" has no phones.");
            var phones = Phone.Of(parts.Skip(1).Select(phone => phone.ToUpperInvariant()));
            for (var i = 0; i < phones.Length; i++)
            {
                if (!PhoneSet.Has(phones[i].Name))
                    throw new PronunciationException(name, number, $"\"{parts[i + 1]}\" is not a phone; the phones are {string.Join(" ", PhoneSet.Names)}.");
            }

            var isAlternative = parts[0].EndsWith(')') && parts[0].IndexOf('(') > 0;
            yield return new DictionaryEntry((isAlternative ? parts[0][..parts[0].IndexOf('(')] : parts[0]).ToLowerInvariant(), phones, isAlternative);
        }
    }
}
