using Qwen2Audio.Checkpoints.NGrams;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Speech.SyntheticData;

namespace Qwen2Audio.Training.NGrams;

/// <summary>Sentences as word ids. Ids: <c>&lt;unk&gt;</c> 0, <c>&lt;s&gt;</c> 1, <c>&lt;/s&gt;</c> 2, then words, most frequent first.</summary>
public sealed class NGramCorpus
{
    internal const int Unknown = 0;
    internal const int Start = 1;
    internal const int End = 2;

    private NGramCorpus(IReadOnlyList<string> words, List<int> ids) => (Words, Ids) = (words, ids);

    /// <summary>The vocabulary.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>All sentences, each from <c>&lt;s&gt;</c> to <c>&lt;/s&gt;</c>.</summary>
    internal List<int> Ids { get; }

    /// <summary>Number of words, without sentence markers.</summary>
    public long WordCount { get; private init; }

    /// <summary>Number of sentences.</summary>
    public int Sentences { get; private init; }

    /// <summary>Number of lines left out because they contain characters other than letters and punctuation (digits, é).</summary>
    public int LeftOut { get; private init; }

    /// <summary>
    /// Reads text files with one sentence per line and normalises them like transcripts: letters a–z in lower case, apostrophes within words.
    /// </summary>
    /// <param name="paths">Text files.</param>
    /// <param name="vocabulary">Vocabulary size; the most frequent words are kept.</param>
    /// <exception cref="IOException">A file cannot be read or is not UTF-8 text.</exception>
    public static NGramCorpus Read(IEnumerable<string> paths, int vocabulary) => Of(paths.SelectMany(Lines), vocabulary);

    /// <summary>The normalised sentences of a text file; null for a line with other characters.</summary>
    public static IEnumerable<string?> Lines(string path)
    {
        PlainFile.Require(path);
        var text = PlainFile.ReadAllText(path);
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOf('\n', at) is >= 0 and var found ? found : text.Length;
            var line = text[at..end];
            at = end + 1;
            if (!string.IsNullOrWhiteSpace(line)) yield return Normalise(line);
        }
    }

    /// <summary>Made-up texts of the kinds that prose lacks: spelled names, letters, digits, numbers, dates, control words. They are the same each time.</summary>
    /// <param name="count">How many.</param>
    public static IEnumerable<string> Spelled(int count)
    {
        var texts = new SpelledTexts([]);
        for (var i = 0; i < count; i++)
        {
            var random = new CounterRandom(1, (ulong)i);
            yield return texts.Draw(ref random);
        }
    }

    /// <summary>The normalised text; null if it has other characters.</summary>
    public static string? Normalise(string text) => IsNormal(text) ? text : TranscriptText.TryNormalise(text, out var normalised, out _) ? normalised : null;

    /// <summary>Makes a corpus of normalised sentences; null ones are counted as left out.</summary>
    public static NGramCorpus Of(IEnumerable<string?> sentences, int vocabulary)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal); // ids in the order of appearance
        List<int> ids = [], counts = [];
        var ranges = first.GetAlternateLookup<ReadOnlySpan<char>>();
        var (lines, leftOut, words) = (0, 0, 0L);
        foreach (var sentence in sentences)
        {
            if (sentence is null) leftOut++;
            else if (sentence.Length > 0)
            {
                ids.Add(-Start);
                foreach (var range in sentence.AsSpan().Split(' '))
                {
                    var word = sentence.AsSpan(range);
                    if (!ranges.TryGetValue(word, out var id))
                    {
                        ranges[word] = id = counts.Count;
                        counts.Add(0);
                    }

                    counts[id]++;
                    ids.Add(id);
                    words++;
                }

                ids.Add(-End);
                lines++;
            }
        }

        List<string> kept = [.. first.OrderByDescending(word => counts[word.Value]).ThenBy(word => word.Key, StringComparer.Ordinal).Take(vocabulary).Select(word => word.Key)];
        var final = new int[counts.Count];
        for (var i = 0; i < kept.Count; i++) final[first[kept[i]]] = i + End + 1;
        for (var i = 0; i < ids.Count; i++) ids[i] = ids[i] < 0 ? -ids[i] : final[ids[i]];
        return new NGramCorpus([NGramModel.Unknown, NGramModel.Start, NGramModel.End, .. kept], ids) { WordCount = words, Sentences = lines, LeftOut = leftOut };
    }

    /// <summary>Whether normalising would change nothing; that is most of a large text.</summary>
    private static bool IsNormal(string text)
    {
        var before = ' ';
        foreach (var c in text)
        {
            if (c is not ((>= 'a' and <= 'z') or '\'' or ' ') || (before, c) is (' ', ' ' or '\'') or ('\'', ' ')) return false;
            before = c;
        }

        return before is not (' ' or '\'');
    }
}
