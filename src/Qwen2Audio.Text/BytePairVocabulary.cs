using System.Text.Encodings.Web;
using System.Text.Json;

namespace Qwen2Audio.Text;

/// <summary>
/// The content of <c>vocab.json</c> (token → id) and <c>merges.txt</c> (pairs in order of rank) of a byte-level BPE, in the form in which GPT-2
/// and Qwen2 are published.
/// </summary>
public sealed class BytePairVocabulary
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Dictionary<string, int> _ids;

    /// <summary>Tokens in order of id from 0, and merges in order of rank.</summary>
    /// <exception cref="ArgumentException">A token occurs twice.</exception>
    public BytePairVocabulary(IEnumerable<string> tokens, IReadOnlyList<(string Left, string Right)> merges)
        : this(Number(tokens), merges, null)
    {
    }

    internal BytePairVocabulary(
        Dictionary<string, int> ids, IReadOnlyList<(string Left, string Right)> merges, IReadOnlyList<(int Left, int Right, int Merged)>? mergeIds) =>
        (_ids, Merges, MergeIds) = (ids, merges, mergeIds ?? [.. merges.Select(merge => (ids[merge.Left], ids[merge.Right], ids[merge.Left + merge.Right]))]);

    /// <summary>Token → id.</summary>
    public IReadOnlyDictionary<string, int> Ids => _ids;

    /// <summary>Merges, rank 0 first.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    /// <summary>Ids of both parts of each merge, and of its result.</summary>
    internal IReadOnlyList<(int Left, int Right, int Merged)> MergeIds { get; }

    /// <summary>One more than the largest id.</summary>
    public int Size => _ids.Count == 0 ? 0 : _ids.Values.Max() + 1;

    /// <summary>The same tokens with ids increased by <paramref name="by"/>, so that the first ids are free for control tokens.</summary>
    public BytePairVocabulary Shifted(int by) =>
        new(_ids.ToDictionary(pair => pair.Key, pair => pair.Value + by, StringComparer.Ordinal), Merges, null);

    /// <summary>Parses the texts of both files; the names are used in errors.</summary>
    /// <exception cref="TokenizerFileException">
    /// Invalid form, a repeated id, a merge of tokens that are not in the vocabulary, or a repeated merge; names the line.
    /// </exception>
    public static BytePairVocabulary Parse(string vocabJson, string mergesText, string vocabName = "vocab.json", string mergesName = "merges.txt")
    {
        var (ids, merges) = ParseParts(vocabJson, mergesText, vocabName, mergesName);
        return new BytePairVocabulary(ids, merges.Merges, merges.Ids);
    }

    internal static (Dictionary<string, int> Ids, MergeList Merges) ParseParts(string vocabJson, string mergesText, string vocabName, string mergesName)
    {
        var ids = TokenIdFile.Parse(vocabJson, vocabName);
        return (ids, ParseMerges(mergesText, mergesName, ids));
    }

    /// <summary>The text of <c>vocab.json</c>, tokens in the order of their ids.</summary>
    public string ToVocabJson() =>
        JsonSerializer.Serialize(_ids.OrderBy(pair => pair.Value).ToDictionary(pair => pair.Key, pair => pair.Value), Compact) + "\n";

    /// <summary>The text of <c>merges.txt</c>.</summary>
    public string ToMergesText()
    {
        var text = new StringBuilder("#version: 0.2\n");
        foreach (var (left, right) in Merges) text.Append(left).Append(' ').Append(right).Append('\n');
        return text.ToString();
    }

    private static Dictionary<string, int> Number(IEnumerable<string> tokens)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in tokens)
            if (!ids.TryAdd(token, ids.Count)) throw new ArgumentException($"Token \"{token}\" occurs twice.", nameof(tokens));
        return ids;
    }

    internal static MergeList ParseMerges(string text, string name, Dictionary<string, int> ids)
    {
        var merges = new MergeList(name, ids, line => $"line {line}");
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            // only the first line can be a comment: "#" is an ordinary symbol elsewhere
            if (line.IsEmpty || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal))) continue;
            merges.Add(line, number);
        }

        return merges;
    }
}
