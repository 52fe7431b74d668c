using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Synthesis;

/// <summary>Texts as phones, by a dictionary. Punctuation makes a pause; a full stop, question or exclamation mark ends a sentence.</summary>
internal sealed class SpokenPhones(Lexicon lexicon)
{
    private const string Pauses = ",;:.?!";
    private const string Ends = ".?!";

    private readonly ILookup<string, byte[]> _pronunciations = lexicon.Pronunciations.ToLookup(entry => lexicon.Words[entry.Word], entry => entry.Phones, StringComparer.Ordinal);

    /// <summary>The sentences of a text: ids of the phone set, 0 for silence, with which each begins and ends.</summary>
    /// <exception cref="SpokenTextException">A word is not in the dictionary, or the text has other characters than letters, apostrophes and punctuation.</exception>
    public IEnumerable<int[]> Sentences(string text)
    {
        List<int> phones = [0];
        foreach (var part in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (!TranscriptText.TryNormalise(part, out var normal, out var unknown)) throw new SpokenTextException($"\"{part}\" contains '{unknown}'; {TranscriptText.Allowed}.");
            foreach (var word in normal.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                phones.AddRange((_pronunciations[word].FirstOrDefault() ?? throw new SpokenTextException($"\"{word}\" is not in the dictionary; add it to a dictionary.")).Select(phone => (int)phone));
            if (Pauses.Contains(part[^1], StringComparison.Ordinal) && phones[^1] != 0) phones.Add(0);
            if (!Ends.Contains(part[^1], StringComparison.Ordinal) || phones.Count == 1) continue;
            yield return [.. phones];
            phones = [0];
        }

        if (phones.Count == 1) yield break;
        if (phones[^1] != 0) phones.Add(0);
        yield return [.. phones];
    }
}
