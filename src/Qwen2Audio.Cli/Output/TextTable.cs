using Spectre.Console;

namespace Qwen2Audio.Cli.Output;

/// <summary>
/// A table on standard output. On a terminal it has borders; in a file or a pipe it is plain columns two spaces apart, one line per row
/// of any length, without trailing spaces or escape sequences.
/// </summary>
internal static class TextTable
{
    /// <summary>Writes rows under a heading; with an empty heading, neither heading nor borders.</summary>
    public static void Write(IReadOnlyList<string> heading, IEnumerable<string[]> rows)
    {
        List<string[]> lines = [.. rows];
        if (Console.IsOutputRedirected) WritePlain(heading.Count > 0 ? [[.. heading], .. lines] : lines);
        else if (heading.Count > 0) Draw(heading, lines);
        else Lay(lines);
    }

    private static void WritePlain(List<string[]> lines)
    {
        if (lines.Count == 0) return;
        int[] widths = [.. Enumerable.Range(0, lines[0].Length).Select(column => lines.Max(line => line[column].Length))];
        foreach (var line in lines)
            Console.Out.WriteLine(string.Join("  ", line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }

    private static void Draw(IReadOnlyList<string> heading, List<string[]> lines)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns([.. heading]);
        foreach (var line in lines) table.AddRow([.. line.Select(cell => Markup.Escape(cell))]);
        AnsiConsole.Write(table);
    }

    private static void Lay(List<string[]> lines)
    {
        var grid = new Grid();
        for (var column = 0; column < (lines.Count > 0 ? lines[0].Length : 0); column++) grid.AddColumn(new GridColumn().PadRight(3));
        foreach (var line in lines) grid.AddRow([.. line.Select(cell => new Spectre.Console.Text(cell))]);
        AnsiConsole.Write(grid);
    }
}
