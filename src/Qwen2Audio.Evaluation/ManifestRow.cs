namespace Qwen2Audio.Evaluation;

/// <summary>A clip of a manifest.</summary>
/// <param name="Path">The audio file, completed with the manifest's folder.</param>
/// <param name="Dataset">The collection that it belongs to.</param>
/// <param name="Task">What it is for: "asr", "classification", …</param>
/// <param name="Text">What is said, or the label.</param>
internal sealed record ManifestRow(string Path, string Dataset, string Task, string Text)
{
    /// <summary>Rows of a split.</summary>
    /// <exception cref="InvalidDataException">A column is missing, a row has another number of columns, or the split has no rows.</exception>
    public static IReadOnlyList<ManifestRow> Read(string manifest, string split)
    {
        using var reader = new StreamReader(manifest);
        var names = (reader.ReadLine() ?? "").Split('\t');
        int Column(string name) => Array.IndexOf(names, name) is >= 0 and var index ? index
            : throw new InvalidDataException($"{manifest}, line 1: no column \"{name}\"; there are: {string.Join(", ", names)}.");
        var (path, dataset, task, text, part) = (Column("path"), Column("dataset"), Column("task"), Column("text_or_label"), Column("split"));
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(manifest))!;
        var rows = new List<ManifestRow>();
        var splits = new SortedSet<string>(StringComparer.Ordinal);
        for (var number = 2; reader.ReadLine() is { } line; number++)
        {
            if (line.Length == 0) continue;
            var cells = line.Split('\t');
            if (cells.Length != names.Length)
                throw new InvalidDataException($"{manifest}, line {number}: {cells.Length} columns; line 1 names {names.Length}.");
            splits.Add(cells[part]);
            if (cells[part] == split)
                rows.Add(new ManifestRow(System.IO.Path.Combine(folder, cells[path]), cells[dataset], cells[task], cells[text]));
        }

        return rows.Count > 0 ? rows
            : throw new InvalidDataException($"{manifest}: no rows of split \"{split}\"; there are: {string.Join(", ", splits)}.");
    }
}
