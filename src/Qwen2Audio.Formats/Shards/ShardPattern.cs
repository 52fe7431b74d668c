namespace Qwen2Audio.Formats.Shards;

/// <summary>Shard names in WebDataset's brace notation: <c>data-{000000..000012}.tar</c>, <c>{train,extra}-{0..9}.tar</c>.</summary>
public static class ShardPattern
{
    /// <summary>Maximum number of names that a pattern may expand to.</summary>
    public const int MaxNames = 100_000;

    /// <summary>Whether a path names shards, that is, ends in .tar.</summary>
    public static bool Is(string path) => path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The names in order; the last braces change fastest. Numbers keep their leading zeros; a pattern without braces is one name.
    /// </summary>
    /// <exception cref="ShardException">Braces are unclosed or nested, a range is invalid, or there are more than <see cref="MaxNames"/> names.</exception>
    public static IReadOnlyList<string> Expand(string pattern)
    {
        List<string> names = [""];
        for (var at = 0; at < pattern.Length;)
        {
            var open = pattern.IndexOf('{', at);
            var end = open < 0 ? pattern.Length : open;
            if (pattern.IndexOf('}', at, end - at) >= 0) throw Wrong(pattern, "a } without {");
            var before = pattern[at..end];
            if (open < 0) return [.. names.Select(name => name + before)];
            var close = pattern.IndexOf('}', open);
            if (close < 0 || pattern.IndexOf('{', open + 1, close - open - 1) >= 0) throw Wrong(pattern, "unclosed or nested braces");
            var choices = Choices(pattern, pattern[(open + 1)..close]);
            if ((long)names.Count * choices.Count > MaxNames) throw Wrong(pattern, $"more than {MaxNames} names");
            names = [.. names.SelectMany(_ => choices, (name, choice) => name + before + choice)];
            at = close + 1;
        }

        return names;
    }

    /// <summary>The start of the file names up to the first brace or number ("an4" for "sets/an4-{000..012}.tar").</summary>
    public static string Stem(string pattern)
    {
        var name = Path.GetFileName(pattern);
        if (name.IndexOf('{', StringComparison.Ordinal) is >= 0 and var brace) name = name[..brace];
        else name = Path.GetFileNameWithoutExtension(name);
        var shared = name.TrimEnd("0123456789".ToCharArray()).TrimEnd('-', '_', '.');
        return shared.Length > 0 ? shared : "shards";
    }

    private static IReadOnlyList<string> Choices(string pattern, string text)
    {
        if (text.Split("..") is not [var first, var last]) return text.Split(',') is { Length: > 1 } list ? list : throw Wrong(pattern, $"{{{text}}}");
        if (!Number(first, out var from) || !Number(last, out var to) || to < from) throw Wrong(pattern, $"{{{text}}}");
        if (to - from >= MaxNames) throw Wrong(pattern, $"more than {MaxNames} names");
        var digits = first.Length == last.Length ? $"D{first.Length}" : "D1";
        return [.. Enumerable.Range(from, to - from + 1).Select(number => number.ToString(digits, CultureInfo.InvariantCulture))];
    }

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static ShardException Wrong(string pattern, string found) =>
        new(pattern, "pattern", found, "braces with a range, {000..012}, or a list, {a,b}");
}
