namespace Qwen2Audio.Tasks.Ctc;

/// <summary>One alignment of a hypothesis in a search over words.</summary>
/// <param name="Log">Its acoustic log probability.</param>
/// <param name="Before">The words before the last one, a number of <see cref="WordPaths"/>; negative: none.</param>
/// <param name="Start">First row of the last word, which may be only begun; negative: there is no word.</param>
/// <param name="End">Row after its last phone, once it is complete.</param>
internal readonly record struct WordPath(double Log, int Before, int Start, int End)
{
    /// <summary>No alignment.</summary>
    public static WordPath None => new(double.NegativeInfinity, -1, -1, 0);

    /// <summary>The alignment of no row and no word.</summary>
    public static WordPath Empty => new(0, -1, -1, 0);

    /// <summary>The more probable one.</summary>
    public static WordPath Better(in WordPath a, in WordPath b) => b.Log > a.Log ? b : a;

    /// <summary>The alignment with one more row.</summary>
    public WordPath Plus(double log) => this with { Log = Log + log };
}

/// <summary>The words' rows of the alignments of a search; alignments with the same beginning share it.</summary>
internal sealed class WordPaths
{
    private readonly List<(int Before, int Start, int End)> _words = [];

    /// <summary>The same alignment, in which a next word begins.</summary>
    public WordPath Begin(in WordPath path, int row)
    {
        if (path.Start < 0) return path with { Start = row };
        _words.Add((path.Before, path.Start, path.End));
        return path with { Before = _words.Count - 1, Start = row };
    }

    /// <summary>Rows [Start, End) of each word of an alignment whose words are complete.</summary>
    public (int Start, int End)[] Rows(in WordPath path)
    {
        if (path.Start < 0) return [];
        List<(int, int)> rows = [(path.Start, path.End)];
        for (var word = path.Before; word >= 0; word = _words[word].Before) rows.Add((_words[word].Start, _words[word].End));
        rows.Reverse();
        return [.. rows];
    }
}
