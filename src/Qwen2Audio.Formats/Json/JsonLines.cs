using Microsoft.Win32.SafeHandles;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Json;

/// <summary>Reads files with one JSON object per line, or with one array of objects. Empty lines are skipped.</summary>
public static class JsonLines
{
    /// <summary>Maximum bytes of a line.</summary>
    public const int LineBytes = 1 << 20;

    /// <summary>Maximum bytes of a file that is an array.</summary>
    public const int ArrayBytes = 1 << 30;

    /// <summary>The objects in order; their messages name the file and the line.</summary>
    /// <exception cref="ConfigException">The file cannot be read, or a line is too long or not a strict JSON object.</exception>
    public static IEnumerable<ConfigObject> Read(string path) => ReadNumbered(path).Select(line => line.Object);

    /// <summary>As <see cref="Read"/>, with the number of the line on which each begins, from 1.</summary>
    /// <exception cref="ConfigException">The file cannot be read, or a line is too long or not a strict JSON object.</exception>
    public static IEnumerable<(int Number, ConfigObject Object)> ReadNumbered(string path)
    {
        using var handle = RegularFile.Open(path, ConfigException.Of, out _);
        foreach (var (number, text) in IsArray(handle) ? Items(path) : Lines(handle, path))
        {
            var place = $"{path}, line {number}";
            yield return (number, ConfigObject.Of(StrictJson.Parse(text, place), place));
        }
    }

    private static bool IsArray(SafeFileHandle handle)
    {
        var start = new byte[1 << 12];
        return JsonArray.Is(WithoutMark(start.AsMemory(0, RegularFile.Fill(handle, start, 0))).Span);
    }

    private static IEnumerable<(int Number, ReadOnlyMemory<byte> Text)> Items(string path) =>
        JsonArray.Items(WithoutMark(RegularFile.ReadAll(path, ArrayBytes, ConfigException.Of)), path);

    private static IEnumerable<(int Number, ReadOnlyMemory<byte> Text)> Lines(SafeFileHandle handle, string path)
    {
        using var stream = new FileStream(handle, FileAccess.Read);
        using var reader = new LineReader(stream, LineBytes);
        for (var number = 1; reader.Next(out var line); number++)
        {
            if (number == 1) line = WithoutMark(line);
            if (line.Length > LineBytes) throw new ConfigException(path, $"line {number}", "a longer line", $"at most {LineBytes} bytes");
            if (!Encoding.UTF8.GetString(line.Span).AsSpan().IsWhiteSpace()) yield return (number, line);
        }
    }

    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> text) =>
        text.Span.StartsWith(Encoding.UTF8.Preamble) ? text[Encoding.UTF8.Preamble.Length..] : text;
}
