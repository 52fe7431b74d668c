using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Training.Data.Corpora;

/// <summary>
/// The layout of Common Voice: clips/ and tables with the columns client_id, path and sentence. All of validated.tsv is used; a speaker of dev.tsv or
/// test.tsv stays in that split.
/// </summary>
internal static class CommonVoice
{
    private static readonly string[] Tables = ["/validated.tsv", "/train.tsv", "/dev.tsv", "/test.tsv"];

    private const int IdCharacters = 16; // of a hash; enough to tell speakers apart

    /// <summary>Whether a folder has a table beside clips/.</summary>
    public static bool Fits(CorpusFiles files) => Roots(files).Any();

    /// <summary>Adds the rows of every language's tables.</summary>
    public static void Read(CorpusFiles files)
    {
        foreach (var root in Roots(files))
        {
            var splits = new Dictionary<string, string>(StringComparer.Ordinal);
            List<(string List, int Line, string Speaker, string Path, string Text)> rows = [];
            foreach (var table in Tables.Select(name => root + name).Where(File.Exists))
            {
                var split = CorpusFiles.SplitNamed(Path.GetFileName(table)) ?? Splits.Train;
                var isNeeded = rows.Count == 0 || !File.Exists(root + Tables[0]);
                foreach (var row in Table(table, files))
                {
                    if (isNeeded) rows.Add(row);
                    if (split != Splits.Train) splits[row.Speaker] = split;
                }
            }

            foreach (var (list, line, speaker, path, text) in rows)
                files.Add(new CorpusClip(Path.Combine(root, "clips", path), text, speaker, splits.GetValueOrDefault(speaker, Splits.Train), list, line));
        }
    }

    private static IEnumerable<string> Roots(CorpusFiles files) => Tables.SelectMany(files.Named)
        .Select(table => Path.GetDirectoryName(table)!).Where(root => Directory.Exists(Path.Combine(root, "clips"))).Distinct(StringComparer.Ordinal);

    private static List<(string List, int Line, string Speaker, string Path, string Text)> Table(string table, CorpusFiles files)
    {
        List<(string, int, string, string, string)> rows = [];
        int[]? columns = null;
        var width = 0;
        foreach (var (number, line) in CorpusFiles.Lines(table))
        {
            var cells = line.Split('\t');
            if (columns is null)
            {
                columns = [Column("client_id"), Column("path"), Column("sentence")];
                width = cells.Length;
            }
            else if (cells.Length != width) files.Skip(table, number, $"{cells.Length} columns; the header row has {width}");
            else if (cells[columns[1]].Contains('/', StringComparison.Ordinal)) files.Skip(table, number, $"the path {cells[columns[1]]}; allowed: the name of a file in clips/");
            else rows.Add((table, number, cells[columns[0]][..Math.Min(IdCharacters, cells[columns[0]].Length)], Named(cells[columns[1]]), cells[columns[2]]));

            int Column(string name) => Array.IndexOf(cells, name) is >= 0 and var at ? at
                : throw new ManifestException(table, number, name, $"the column is missing; the header row has: {string.Join(", ", cells)}.");
        }

        return rows;
    }

    // early releases leave the ending out
    private static string Named(string path) => Path.HasExtension(path) ? path : path + ".mp3";
}
