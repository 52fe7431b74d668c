using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Manifests;

/// <summary>
/// A list of clips, in one of two forms, recognised by content. A table is tab-separated text without quoting; its first row names the
/// columns, in any order: path, dataset, text_or_label and split are required; task, speaker, licence, source, seconds, sample_rate,
/// sha256, offset, lang and id are optional. The JSON form is NeMo's, one object per line or one array: audio_filepath and text (or label,
/// or command) are required; duration, offset, lang, id, speaker, dataset, split and the other fields of the table are optional. Unused
/// columns and fields are listed.
/// </summary>
public sealed class Manifest
{
    private static readonly string[] Required = ["path", "dataset", "text_or_label", "split"];

    private static readonly string[] Columns =
        ["path", "dataset", "task", "text_or_label", "speaker", "split", "licence", "source", "seconds", "sample_rate", "sha256"];

    private static readonly string[] MoreColumns = ["offset", "lang", "id"];

    // common columns of other tables (the JSON form, Common Voice, pandas), for better messages
    private static readonly string[] OtherTables = ["audio_filepath", "audio", "file", "filename", "wav", "text", "sentence", "transcript", "label", "duration"];

    private Manifest(string path, IReadOnlyList<ManifestRow> rows, IReadOnlyList<SkippedRow> skipped, IReadOnlyCollection<string> unused) =>
        (Path, Rows, Skipped, Unused) = (path, rows, skipped, unused);

    /// <summary>The file that was read.</summary>
    public string Path { get; }

    /// <summary>Its rows in order.</summary>
    public IReadOnlyList<ManifestRow> Rows { get; }

    /// <summary>Rows that are left out because an earlier line has the same clip or id; empty if such rows are refused.</summary>
    public IReadOnlyList<SkippedRow> Skipped { get; }

    /// <summary>Names of unused columns and fields.</summary>
    public IReadOnlyCollection<string> Unused { get; }

    /// <summary><see cref="Unused"/> as a warning; null if there are none.</summary>
    public string? UnusedText => UnusedFields.Text(Path, Unused);

    /// <summary>Reads a manifest. Audio files are not opened.</summary>
    /// <param name="path">The file.</param>
    /// <param name="skipRepeated">Leave out and list rows whose clip or id is on an earlier line, instead of refusing the manifest.</param>
    /// <exception cref="ManifestException">The file is missing or not UTF-8, a column is missing or a value is invalid.</exception>
    public static Manifest Read(string path, bool skipRepeated = false)
    {
        if (path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase)) throw new ManifestException(path, 0, null, "found a shard; allowed here: a manifest, either a table or one JSON object per line.");
        try
        {
            return Parse(PlainFile.ReadAllText(path), path, skipRepeated);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ManifestException(path, 0, null, PlainFile.Reason(exception, path), exception);
        }
    }

    /// <summary>Reads a manifest's text; <paramref name="path"/> is its path for messages and for relative paths.</summary>
    /// <exception cref="ManifestException">A column is missing or a value is invalid.</exception>
    public static Manifest Parse(string text, string path, bool skipRepeated = false)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        text = text.TrimStart('\uFEFF');
        var unused = new SortedSet<string>(StringComparer.Ordinal);
        if (JsonManifest.Is(text)) return Of(path, JsonManifest.Rows(text, path, folder, unused), "audio_filepath", skipRepeated, unused);
        if (text.AsSpan().Trim().IsEmpty) throw new ManifestException(path, 0, null, "the file is empty; allowed: a table with a header row, or one JSON object per line.");
        var lines = text.Split('\n');
        var header = lines[0].TrimEnd('\r').Split('\t');
        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < header.Length; i++)
            if (!columns.TryAdd(header[i], i)) throw new ManifestException(path, 1, header[i], "the column appears twice.");
        if (OtherSeparator(header) is { } separator)
            throw new ManifestException(path, 1, null, $"the columns are separated by {separator}; allowed: one tab between columns, and no quotation marks.");
        foreach (var name in Required)
            if (!columns.ContainsKey(name))
                throw new ManifestException(path, 1, name, $"the column is missing; the header row has: {Shown(header)}.");
        unused.UnionWith(columns.Keys.Except([.. Columns, .. MoreColumns], StringComparer.Ordinal));
        return Of(path, Table(path, lines, header, columns, folder), "path", skipRepeated, unused);
    }

    /// <summary>The rows of one split, which must not be empty.</summary>
    /// <exception cref="ManifestException">There is no row of this split; the message lists the splits.</exception>
    public IReadOnlyList<ManifestRow> Require(string split)
    {
        var rows = Select(split);
        return rows.Count > 0 ? rows : throw new ManifestException(Path, 0, "split",
            Rows.Count == 0 ? "there is no row below the header row." : $"no row is of split \"{split}\"; the splits are: {string.Join(", ", Rows.Select(row => row.Split).Distinct().Order(StringComparer.Ordinal))}.");
    }

    /// <summary>The rows of one split (<see cref="Splits"/>), and those that name none, from all datasets or the named ones.</summary>
    /// <exception cref="ManifestException">There is no row of a named dataset.</exception>
    public IReadOnlyList<ManifestRow> Select(string split, params string[] datasets)
    {
        foreach (var name in datasets)
            if (!Rows.Any(row => row.Dataset == name))
                throw new ManifestException(
                    Path, 0, "dataset", $"no row is of dataset \"{name}\"; the datasets are: {string.Join(", ", Rows.Select(row => row.Dataset).Distinct())}.");
        return [.. Rows.Where(row => Splits.Matches(row.Split, split) && (datasets.Length == 0 || datasets.Contains(row.Dataset)))];
    }

    /// <summary>These rows as the text of a table, with all columns that they need; paths are written unchanged.</summary>
    /// <exception cref="ArgumentException">A value contains a tab or a line end.</exception>
    public static string Format(IEnumerable<ManifestRow> rows)
    {
        List<ManifestRow> all = [.. rows];
        var hasMore = all.Exists(row => row.Offset is not null || row.Language.Length > 0 || row.Id.Length > 0);
        var text = new StringBuilder(string.Join('\t', hasMore ? [.. Columns, .. MoreColumns] : Columns)).Append('\n');
        foreach (var row in all)
        {
            string[] cells =
            [
                row.Path, row.Dataset, row.Task, row.Text, row.Speaker, row.Split, row.Licence, row.Source,
                row.Seconds.ToString("F3", CultureInfo.InvariantCulture), row.SampleRate.ToString(CultureInfo.InvariantCulture), row.Sha256,
            ];
            if (hasMore) cells = [.. cells, row.Offset?.ToString("R", CultureInfo.InvariantCulture) ?? "", row.Language, row.Id];
            if (cells.FirstOrDefault(cell => cell.AsSpan().ContainsAny('\t', '\n', '\r')) is { } bad)
                throw new ArgumentException($"\"{bad}\" contains a tab or a line end, which a manifest cannot store.", nameof(rows));
            text.Append(string.Join('\t', cells)).Append('\n');
        }

        return text.ToString();
    }

    private static string? OtherSeparator(string[] header)
    {
        if (header.Length > 1) return null;
        foreach (var (separator, name) in new[] { (",", "commas"), (";", "semicolons"), ("|", "bars"), (" ", "blanks") })
            if (header[0].Split(separator) is { Length: > 1 } cells
                && cells.Select(cell => cell.Trim(' ', '"', '\'')).Intersect([.. Columns, .. OtherTables], StringComparer.Ordinal).Count() > (separator == " " ? 1 : 0)) return name;
        return null;
    }

    // keep the message short if the file is no manifest at all
    private static string Shown(string[] header)
    {
        const int longest = 120;
        var names = new string([.. string.Join(", ", header).Take(longest + 1).Select(c => char.IsControl(c) || c == '\uFFFD' ? '·' : c)]);
        return names.Length > longest ? names[..longest] + "…" : names;
    }

    private static IEnumerable<ManifestRow> Table(string path, string[] lines, string[] header, Dictionary<string, int> columns, string folder)
    {
        for (var i = 1; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            if (line.Length > 0) yield return ParseRow(new Cells(path, i + 1, line.Split('\t'), header, columns), folder);
        }
    }

    private static Manifest Of(string path, IEnumerable<ManifestRow> all, string place, bool skipRepeated, IReadOnlyCollection<string> unused)
    {
        var rows = new List<ManifestRow>();
        var skipped = new List<SkippedRow>();
        var seen = new Dictionary<(string Path, double? Offset, double Seconds), int>();
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var row in all)
        {
            // a file may contain several clips; only those with the same offset are the same
            var clip = (row.Path, row.Offset, row.Offset is null ? 0 : row.Seconds);
            if (seen.TryGetValue(clip, out var line)) Repeated(row, place, row.Path, $"the same file is on line {line}.");
            else if (row.Id.Length > 0 && ids.TryGetValue(row.Id, out line)) Repeated(row, "id", row.Id, $"the id \"{row.Id}\" is also on line {line}.");
            else
            {
                seen.Add(clip, row.Line);
                if (row.Id.Length > 0) ids.Add(row.Id, row.Line);
                rows.Add(row);
            }

            void Repeated(ManifestRow row, string place, string found, string reason)
            {
                if (!skipRepeated) throw new ManifestException(path, row.Line, place, $"\"{found}\" is also on line {line}.");
                skipped.Add(new SkippedRow(row, reason));
            }
        }

        return new Manifest(path, rows, skipped, unused);
    }

    private static ManifestRow ParseRow(Cells cells, string folder)
    {
        return new ManifestRow
        {
            Path = System.IO.Path.GetFullPath(RowCheck.PathFault(cells.Text("path")) is { } fault ? throw cells.Error("path", $"found {fault}; allowed: the path of an audio file.") : cells.Text("path"), folder),
            Dataset = cells.Text("dataset"),
            Task = cells.Optional("task"),
            Text = cells.Text("text_or_label"),
            Speaker = cells.Optional("speaker"),
            Split = cells.Text("split"),
            Licence = cells.Optional("licence"),
            Source = cells.Optional("source"),
            Seconds = cells.Number("seconds"),
            SampleRate = cells.Number("sample_rate") is var rate && rate == (int)rate ? (int)rate
                : throw cells.Error("sample_rate", $"found \"{cells.Optional("sample_rate")}\"; allowed: a whole number."),
            Sha256 = cells.Optional("sha256"),
            Offset = cells.Optional("offset").Length == 0 ? null : cells.Number("offset"),
            Language = cells.Optional("lang"),
            Id = cells.Optional("id"),
            Line = cells.Line,
        };
    }

    private sealed class Cells
    {
        private readonly string _file;
        private readonly string[] _cells;
        private readonly Dictionary<string, int> _columns;

        public Cells(string file, int line, string[] cells, string[] header, Dictionary<string, int> columns)
        {
            (_file, Line, _cells, _columns) = (file, line, cells, columns);
            if (cells.Length != header.Length)
                throw new ManifestException(file, line, null, $"found {cells.Length} cells; the header row has {header.Length} columns.");
        }

        public int Line { get; }

        public ManifestException Error(string column, string problem) => new(_file, Line, column, problem);

        public string Optional(string column) => _columns.TryGetValue(column, out var index) ? _cells[index] : "";

        public string Text(string column) => Optional(column) is { Length: > 0 } text ? text : throw Error(column, "the cell is empty.");

        public double Number(string column)
        {
            var text = Optional(column);
            if (text.Length == 0) return 0;
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !(value is >= 0 and <= 1e9))
                throw Error(column, $"found \"{text}\"; allowed: a number from 0 to 1e9.");
            return value;
        }
    }
}
