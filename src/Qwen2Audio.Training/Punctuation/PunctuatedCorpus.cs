using System.Runtime.InteropServices;
using Qwen2Audio.Checkpoints.Punctuation;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Training.Punctuation;

/// <summary>Passages of punctuated text, as numbers.</summary>
public sealed class PunctuatedCorpus
{
    internal const byte NoMark = byte.MaxValue; // something that is none of the marks

    private const double LeastShare = 0.02; // of a word's occurrences that have a capital

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<string> _words = [];
    private readonly List<PunctuationWord> _seen = [];
    private readonly List<int> _small = []; // of each word: how often it is certainly written in small letters
    private readonly Dictionary<(int Word, string Written), int> _others = [];
    private readonly List<int> _tokens = [];
    private readonly List<byte> _marks = [];
    private readonly List<sbyte> _capitals = [];
    private readonly List<int> _starts = [0];

    /// <summary>Adds the lines of a text file, one passage each.</summary>
    /// <exception cref="IOException">The file cannot be read or is not UTF-8 text.</exception>
    public void AddFile(string path)
    {
        PlainFile.Require(path);
        var text = PlainFile.ReadAllText(path);
        foreach (var range in text.AsSpan().Split('\n')) Add(text[range]);
    }

    /// <summary>Adds a passage. One without capitals and marks shows nothing and is left out.</summary>
    public void Add(string passage)
    {
        var words = PunctuatedText.Words(passage);
        if (words.Count == 0) return;
        if (words.All(word => word.Written == word.Word && word.After == Mark.None))
        {
            LeftOut++;
            return;
        }

        foreach (var word in words)
        {
            var id = Id(word.Word);
            var isSmall = word.Written == word.Word;
            _tokens.Add(id);
            _marks.Add(word.After is { } mark ? (byte)mark : NoMark);
            _capitals.Add((sbyte)(!word.ShowsForm ? -1 : isSmall ? 0 : 1));
            if (!word.ShowsForm || word.Word.Length == 0) continue;
            if (isSmall) _small[id]++;
            else _others[(id, word.Written)] = _others.GetValueOrDefault((id, word.Written)) + 1;
        }

        _starts.Add(_tokens.Count);
    }

    /// <summary>What speakers do at marks.</summary>
    public PauseCounts Pauses { get; } = new();

    /// <summary>Number of words.</summary>
    public int Words => _tokens.Count;

    /// <summary>Number of passages.</summary>
    public int Passages => _starts.Count - 1;

    /// <summary>Number of passages without capitals and marks.</summary>
    public int LeftOut { get; private set; }

    /// <summary>The words of a passage, as ids.</summary>
    internal ReadOnlySpan<int> Passage(int index) => CollectionsMarshal.AsSpan(_tokens)[_starts[index].._starts[index + 1]];

    /// <summary>The marks after the words of a passage.</summary>
    internal ReadOnlySpan<byte> Marks(int index) => CollectionsMarshal.AsSpan(_marks)[_starts[index].._starts[index + 1]];

    /// <summary>For each word of a passage: 1 written with a capital, 0 in small letters, negative: its place does not show it.</summary>
    internal ReadOnlySpan<sbyte> Capitals(int index) => CollectionsMarshal.AsSpan(_capitals)[_starts[index].._starts[index + 1]];

    /// <summary>The distinct words.</summary>
    internal IReadOnlyList<string> Distinct => _words;

    /// <summary>The distinct words as features see them.</summary>
    internal IReadOnlyList<PunctuationWord> Seen => _seen;

    /// <summary>The words that have capitals often enough, and for each ln odds of that. Possessives are in the list with their nouns.</summary>
    internal (WordForms Forms, double[] Odds) Forms(int least)
    {
        var forms = new SortedDictionary<string, (string Written, double Odds)>(StringComparer.Ordinal);
        foreach (var group in _others.GroupBy(other => other.Key.Word))
        {
            var (word, all) = (_words[group.Key], group.Sum(other => other.Value));
            if (all < least || all < LeastShare * (all + _small[group.Key]) || (word.Length == 1 && word != "i")) continue; // other letters are spelled
            var written = group.OrderByDescending(other => other.Value).ThenBy(other => other.Key.Written, StringComparer.Ordinal).First().Key.Written;
            forms[word] = (written, Math.Log((all + 0.5) / (_small[group.Key] + 0.5)));
        }

        var chosen = forms.Where(form => !(form.Key.EndsWith("'s", StringComparison.Ordinal) && forms.ContainsKey(form.Key[..^2]))).ToList();
        return (new WordForms([.. chosen.Select(form => WordForms.Line(form.Key, form.Value.Written))]), [.. chosen.Select(form => form.Value.Odds)]);
    }

    private int Id(string word)
    {
        if (_ids.TryGetValue(word, out var id)) return id;
        _ids[word] = id = _words.Count;
        _words.Add(word);
        _seen.Add(word.Length == 0 ? PunctuationWord.Unknown : PunctuationWord.Of(word));
        _small.Add(0);
        return id;
    }
}
