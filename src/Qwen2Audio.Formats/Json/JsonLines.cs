using System.Text;

namespace Qwen2Audio.Formats;

/// <summary>Reads files with one JSON object a line. Empty lines are passed over.</summary>
public static class JsonLines
{
    /// <summary>Bytes of a line.</summary>
    public const int LineBytes = 1 << 20;

    /// <summary>The objects in order; each carries the file and the line in its messages.</summary>
    /// <exception cref="ConfigException">The file cannot be read, or a line is too long or no strict JSON object.</exception>
    public static IEnumerable<ConfigObject> Read(string path) => ReadNumbered(path).Select(line => line.Object);

    /// <summary>As <see cref="Read"/>, with the numbers of the lines, from 1.</summary>
    /// <exception cref="ConfigException">The file cannot be read, or a line is too long or no strict JSON object.</exception>
    public static IEnumerable<(int Number, ConfigObject Object)> ReadNumbered(string path)
    {
        using var handle = RegularFile.Open(path, ConfigException.Of, out _);
        using var stream = new FileStream(handle, FileAccess.Read);
        using var reader = new LineReader(stream, LineBytes);
        for (var number = 1; reader.Next(out var line); number++)
        {
            if (number == 1 && line.Span.StartsWith(Encoding.UTF8.Preamble)) line = line[Encoding.UTF8.Preamble.Length..];
            var place = $"{path}, line {number}";
            if (line.Length > LineBytes) throw new ConfigException(path, $"line {number}", "a longer line", $"at most {LineBytes} bytes");
            if (Encoding.UTF8.GetString(line.Span).AsSpan().IsWhiteSpace()) continue;
            yield return (number, ConfigObject.Of(StrictJson.Parse(line, place), place));
        }
    }
}
