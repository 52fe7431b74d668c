using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Whisper;

/// <summary>Groups text tokens into words: at spaces or, in languages written without spaces, at every character.</summary>
internal static class WhisperWords
{
    private const int MaxBytesPerCharacter = 4;
    private static readonly HashSet<string> Spaceless = new(StringComparer.Ordinal) { "zh", "ja", "th", "lo", "my", "yue" };

    /// <summary>The words of <paramref name="tokens"/> (no timestamps), trimmed, with the number of tokens of each.</summary>
    public static List<(string Text, int Tokens)> Group(BytePairTokenizer tokenizer, string? language, IReadOnlyList<int> tokens)
    {
        var words = new List<(string Text, int Tokens)>();
        var spaceless = language is not null && Spaceless.Contains(language);
        foreach (var (text, count) in Units(tokenizer, tokens))
        {
            var joins = words.Count > 0 && (text.Trim().Length == 0 || (!spaceless && !char.IsWhiteSpace(text[0])) || IsPunctuation(text));
            if (joins) words[^1] = (words[^1].Text + text, words[^1].Tokens + count);
            else words.Add((text, count));
        }

        for (var i = 0; i < words.Count; i++) words[i] = (words[i].Text.Trim(), words[i].Tokens);
        if (words.Count > 1 && words[0].Text.Length == 0)
        {
            words[1] = (words[1].Text, words[0].Tokens + words[1].Tokens);
            words.RemoveAt(0);
        }

        return words;
    }

    /// <summary>Groups of tokens that decode to whole characters.</summary>
    private static IEnumerable<(string Text, int Tokens)> Units(BytePairTokenizer tokenizer, IReadOnlyList<int> tokens)
    {
        for (var first = 0; first < tokens.Count;)
        {
            var count = 1;
            var text = tokenizer.Decode([tokens[first]]);
            while (text.EndsWith('\uFFFD') && count < MaxBytesPerCharacter && first + count < tokens.Count)
                text = tokenizer.Decode([.. tokens.Skip(first).Take(++count)]);
            yield return (text, count);
            first += count;
        }
    }

    private static bool IsPunctuation(string text)
    {
        var bare = text.AsSpan().Trim();
        foreach (var c in bare)
            if (!char.IsPunctuation(c) && !char.IsSymbol(c)) return false;
        return true;
    }
}
