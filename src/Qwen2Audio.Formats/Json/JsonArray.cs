using System.Text.Json;

namespace Qwen2Audio.Formats.Json;

/// <summary>Cuts a JSON array into the texts of its items, so that each is read by itself and has its line.</summary>
internal static class JsonArray
{
    /// <summary>True for text that begins with a bracket.</summary>
    public static bool Is(ReadOnlySpan<byte> utf8) => utf8.TrimStart(" \t\r\n"u8) is [(byte)'[', ..];

    /// <summary>The items in order, each with the line that it begins on, from 1.</summary>
    /// <param name="utf8">The array, without a byte order mark.</param>
    /// <param name="file">For messages.</param>
    /// <exception cref="ConfigException">It is no JSON, or something stands behind it.</exception>
    public static IReadOnlyList<(int Line, ReadOnlyMemory<byte> Text)> Items(ReadOnlyMemory<byte> utf8, string file)
    {
        var items = new List<(int, ReadOnlyMemory<byte>)>();
        var reader = new Utf8JsonReader(utf8.Span, new JsonReaderOptions { MaxDepth = StrictJson.Depth + 1 });
        var (line, counted) = (1, 0);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var start = (int)reader.TokenStartIndex;
                line += utf8.Span[counted..start].Count((byte)'\n');
                counted = start;
                reader.Skip();
                items.Add((line, utf8[start..(int)reader.BytesConsumed]));
            }

            reader.Read();
        }
        catch (JsonException exception)
        {
            throw new ConfigException(file, MessageText.Place(exception),
                $"no valid JSON ({MessageText.Reason(exception)})", "one JSON array, or one JSON object a line", exception);
        }

        return items;
    }
}
