using Qwen2Audio.Formats;

namespace Qwen2Audio.Checkpoints.NGrams;

/// <summary>Reads models in ARPA format, the text format that SRILM, KenLM, Kaldi and PocketSphinx exchange: base-10 logarithms, one n-gram per line.</summary>
internal sealed class ArpaReader
{
    private const int MaxOrder = 9;
    private const double Unseen = -99; // log10 of probability 0, as SRILM writes it

    private readonly string _path;
    private readonly string[] _lines;
    private readonly List<List<(int[] Ids, float LogProbability, float Backoff, int Line)>> _orders = [];
    private readonly Dictionary<string, int> _words = new(StringComparer.Ordinal);
    private int _line;

    private ArpaReader(string text, string path) => (_lines, _path) = (text.Split('\n'), path);

    /// <summary>Whether a file that begins with these bytes is in ARPA format.</summary>
    public static bool Is(ReadOnlySpan<byte> beginning) => beginning.IndexOf("\\data\\"u8) >= 0;

    /// <summary>Reads a model.</summary>
    /// <exception cref="CheckpointException">A line has the wrong format, counts differ, or the first words of an n-gram are not listed.</exception>
    public static NGramModel Read(string text, string path) => new ArpaReader(text, path).Read();

    private NGramModel Read()
    {
        while (Next() is { } line && line != "\\data\\") { }
        var counts = new List<int>();
        string? section;
        while ((section = Next()) is not null && section.StartsWith("ngram ", StringComparison.Ordinal))
        {
            var parts = section["ngram ".Length..].Split('=');
            if (parts.Length != 2 || parts[0].Trim() != $"{counts.Count + 1}" || !int.TryParse(parts[1], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var count))
                throw Fault(section, $"ngram {counts.Count + 1}=COUNT");
            counts.Add(count);
        }

        if (counts.Count is 0 or > MaxOrder) throw Fault($"n-grams of {counts.Count} lengths", $"1 to {MaxOrder}");
        for (var n = 1; n <= counts.Count; n++)
        {
            if (section != $"\\{n}-grams:") throw Fault(section ?? "the end of the file", $"\\{n}-grams:");
            var entries = new List<(int[], float, float, int)>();
            while ((section = Next()) is not null && section[0] != '\\') entries.Add(Entry(section, n, counts.Count));
            if (entries.Count != counts[n - 1]) throw Fault($"{entries.Count} {n}-grams", $"{counts[n - 1]}, as \\data\\ says");
            _orders.Add(entries);
        }

        if (section != "\\end\\") throw Fault(section ?? "the end of the file", "\\end\\");
        return Build();
    }

    private NGramModel Build()
    {
        foreach (var name in new[] { NGramModel.Start, NGramModel.End, NGramModel.Unknown })
        {
            if (_words.ContainsKey(name)) continue;
            if (name != NGramModel.Unknown) throw new CheckpointException(_path, "\\1-grams:", $"no {name}", "a 1-gram of it");
            _orders[0].Add(([_words.Count], (float)(Unseen * Math.Log(10)), 0, 0));
            _words[name] = _words.Count;
        }

        foreach (var order in _orders) order.Sort((a, b) => a.Ids.AsSpan().SequenceCompareTo(b.Ids));
        for (var n = 1; n < _orders.Count; n++)
            for (var i = 1; i < _orders[n].Count; i++)
                if (_orders[n][i].Ids.AsSpan().SequenceEqual(_orders[n][i - 1].Ids)) throw Twice(_orders[n][i].Line);
        var levels = NGramTrie.Build(
            [.. _orders.Select(order => order.SelectMany(entry => entry.Ids).ToArray())], [.. _orders.Select(order => order.Select(entry => entry.LogProbability).ToArray())],
            [.. _orders.Select(order => order.Select(entry => entry.Backoff).ToArray())], out var orphan);
        if (levels is null)
            throw new CheckpointException(_path, $"line {_orders[orphan.Length - 1][orphan.Position].Line}", $"a {orphan.Length}-gram whose first {orphan.Length - 1} words are not listed as an n-gram",
                "n-grams whose first words are listed too");
        return new NGramModel([.. _words.OrderBy(word => word.Value).Select(word => word.Key)], levels);
    }

    private (int[] Ids, float LogProbability, float Backoff, int Line) Entry(string line, int n, int longest)
    {
        var cells = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var allowed = n == longest ? $"{n + 1} columns: log10 P and {n} words" : $"{n + 1} or {n + 2} columns: log10 P, {n} words, log10 of the back-off weight";
        if (cells.Length != n + 1 && (n == longest || cells.Length != n + 2)) throw Fault($"{cells.Length} columns", allowed);
        var ids = new int[n];
        for (var i = 0; i < n; i++)
        {
            if (n == 1)
            {
                if (!_words.TryAdd(cells[1], _words.Count)) throw Twice(_line);
            }

            if (!_words.TryGetValue(cells[i + 1], out ids[i])) throw Fault($"\"{cells[i + 1]}\", which is not listed as a 1-gram", "words that are");
        }

        return (ids, Log(cells[0], max: 0), cells.Length == n + 2 ? Log(cells[^1], max: 100) : 0, _line);
    }

    private float Log(string cell, double max) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) && value <= max && value >= -1000 ? (float)(value * Math.Log(10))
            : throw Fault($"\"{cell}\"", max == 0 ? "a base-10 logarithm of a probability, -1000 to 0" : "a base-10 logarithm, -1000 to 100");

    private string? Next()
    {
        while (_line < _lines.Length)
            if (_lines[_line++].Trim() is { Length: > 0 } line) return line;
        return null;
    }

    private CheckpointException Twice(int line) => new(_path, $"line {line}", "an n-gram that is already listed", "each n-gram once");

    private CheckpointException Fault(string found, string allowed) => new(_path, $"line {_line}", found, allowed);
}
