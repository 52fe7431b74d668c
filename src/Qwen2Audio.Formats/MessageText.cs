using System.Text.Json;

namespace Qwen2Audio.Formats;

/// <summary>Texts about files for messages: limited in length, and without the internals of the libraries that read them.</summary>
internal static class MessageText
{
    /// <summary>Maximum characters of a message, or of one problem among several.</summary>
    public const int Longest = 2000;

    /// <summary>The text; if it is too long, its beginning and end.</summary>
    public static string Short(string text, int longest = Longest)
    {
        if (text.Length <= longest) return text;
        var (head, tail) = (longest * 2 / 3, text.Length - (longest / 3));
        if (char.IsHighSurrogate(text[head - 1])) head--;
        if (char.IsLowSurrogate(text[tail])) tail++;
        return $"{text[..head]} … {text[tail..]}";
    }

    /// <summary>A message of several lines. Those after the first are indented by two spaces: other line ends, such as those in names of files, are escaped when a message is shown.</summary>
    public static string WithLines(string text, params IEnumerable<string> lines) => string.Join("\n  ", lines.Prepend(text));

    /// <summary>Why a text is not JSON, without the library's place, which counts from 0, and its advice to programmers.</summary>
    public static string Reason(JsonException exception)
    {
        var text = exception.Message;
        foreach (var mark in (ReadOnlySpan<string>)[" Path: ", " LineNumber: "])
            if (text.LastIndexOf(mark, StringComparison.Ordinal) is >= 0 and var at) text = text[..at];
        return Short(text.Replace(" Change the reader options.", "", StringComparison.Ordinal).TrimEnd('.'));
    }

    /// <summary>An exception's message without the parameter name.</summary>
    public static string Reason(Exception exception) => exception.Message.Split(" (Parameter", 2)[0];

    /// <summary>Where a text stops being JSON, counting from 1.</summary>
    public static string Place(JsonException exception) => $"line {(exception.LineNumber ?? 0) + 1}, byte {(exception.BytePositionInLine ?? 0) + 1}";
}
