namespace Qwen2Audio.Formats.Manifests;

/// <summary>A manifest is invalid. Names the file, line, column, what was found and what is allowed.</summary>
public sealed class ManifestException : Exception
{
    /// <summary>An error in a row; line 0 means the file as a whole.</summary>
    public ManifestException(string file, int line, string? column, string problem, Exception? inner = null)
        : base($"{file}{(line > 0 ? $", line {line}" : "")}{(column is null ? "" : $", column {MessageText.Short(column, 100)}")}: {MessageText.Short(problem)}", inner) =>
        (File, Line, Column) = (file, line, column);

    /// <summary>The manifest's path.</summary>
    public string File { get; }

    /// <summary>Line number; the header row is 1.</summary>
    public int Line { get; }

    /// <summary>Name of the column, if the error is in one.</summary>
    public string? Column { get; }
}
