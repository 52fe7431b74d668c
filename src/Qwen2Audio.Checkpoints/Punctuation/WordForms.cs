namespace Qwen2Audio.Checkpoints.Punctuation;

/// <summary>Words that are not always written in small letters: London, I, McDonald; mister is written Mr.</summary>
public sealed class WordForms
{
    private const string Possessive = "'s";
    private readonly Dictionary<string, (string Written, int Index)> _forms = new(StringComparer.Ordinal);

    /// <summary>Wraps a list.</summary>
    /// <param name="lines">Written forms; before one that is not the word in other letters stands the word and a space.</param>
    /// <exception cref="ArgumentException">A line has no such form, or a word occurs twice.</exception>
    public WordForms(IReadOnlyList<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        Lines = lines;
        for (var i = 0; i < lines.Count; i++)
        {
            var parts = lines[i].Split(' ');
            var written = parts[^1];
            var word = parts.Length == 1 ? written.ToLowerInvariant() : parts[0];
            if (parts.Length > 2 || word.Length == 0 || written.Length == 0 || word == written || !_forms.TryAdd(word, (written, i)))
                throw new ArgumentException($"\"{lines[i]}\"; allowed: each word once, as it is written, or in small letters, a space, and as it is written.", nameof(lines));
        }
    }

    /// <summary>The list.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>The place in the list of a word or, if the list does not have it, of the noun of which it is the possessive; negative: none.</summary>
    public int IndexOf(string word) => Find(word).Index;

    /// <summary>The written form of a word; itself if it is not in the list.</summary>
    public string Written(string word) => Find(word).Written;

    /// <summary>The line for a word and its written form.</summary>
    public static string Line(string word, string written)
    {
        ArgumentNullException.ThrowIfNull(written);
        return string.Equals(written, word, StringComparison.OrdinalIgnoreCase) ? written : $"{word} {written}";
    }

    private (string Written, int Index) Find(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        if (_forms.TryGetValue(word, out var form)) return form;
        return word.EndsWith(Possessive, StringComparison.Ordinal) && _forms.TryGetValue(word[..^Possessive.Length], out var noun) ? (noun.Written + Possessive, noun.Index) : (word, -1);
    }
}
