using System.Runtime.CompilerServices;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The text of the command speak: an argument, a file, or standard input as it comes. It knows where in the text a character is.</summary>
internal sealed class SpokenText
{
    private readonly string? _text;
    private readonly List<long> _lines = [0]; // where lines begin, from the one of the latest sentence on
    private long _before; // lines before these
    private long _length;

    private SpokenText(string? name, string? text) => (Name, _text) = (name, text);

    /// <summary>The file's name, or "standard input"; null for an argument.</summary>
    public string? Name { get; }

    /// <summary>Number of UTF-16 units; null for standard input.</summary>
    public long? Length => _text?.Length;

    /// <summary>The text that the command line names.</summary>
    /// <param name="argument">A text, or - for standard input.</param>
    /// <param name="file">A text file.</param>
    /// <exception cref="UsageException">There is none, or more than one.</exception>
    public static SpokenText Of(string? argument, string? file) => (argument, file) switch
    {
        (null, { } path) => new SpokenText(path, PlainFile.ReadAllText(path)),
        (InputFile.Pipe, null) => new SpokenText(InputFile.Source(InputFile.Pipe), null),
        ({ } text, null) => new SpokenText(null, text),
        (null, null) => throw new UsageException("give TEXT, --text-file FILE, or - for standard input."),
        _ => throw new UsageException("give either TEXT or --text-file."),
    };

    /// <summary>The text in pieces.</summary>
    public async IAsyncEnumerable<string> Pieces([EnumeratorCancellation] CancellationToken cancellation)
    {
        if (_text is not null) yield return Counted(_text);
        else await foreach (var piece in StandardInput.Pieces(cancellation).ConfigureAwait(false)) yield return Counted(piece);
    }

    /// <summary>A place for messages, as "book.txt, line 3, character 14"; for an argument "character 14".</summary>
    /// <param name="start">In UTF-16 units from the beginning of the text, after the last <see cref="Forget"/>.</param>
    public string Place(long start)
    {
        if (Name is null) return $"character {start + 1}";
        var line = _lines.BinarySearch(start);
        if (line < 0) line = ~line - 1;
        return $"{Name}, line {_before + line + 1}, character {start - _lines[line] + 1}";
    }

    /// <summary>No place before this one will be asked for.</summary>
    public void Forget(long start)
    {
        var line = _lines.BinarySearch(start);
        if (line < 0) line = ~line - 1;
        _lines.RemoveRange(0, line);
        _before += line;
    }

    private string Counted(string piece)
    {
        if (Name is not null)
            for (var i = piece.IndexOf('\n', StringComparison.Ordinal); i >= 0; i = piece.IndexOf('\n', i + 1)) _lines.Add(_length + i + 1);
        _length += piece.Length;
        return piece;
    }
}
