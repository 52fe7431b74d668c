using System.Text.Json;

namespace Qwen2Audio.Formats.Json;

/// <summary>Splits a JSON array into the texts of its items, so that each is read separately and has its line number.</summary>
internal static class JsonArray
{
    /// <summary>True for text that begins with a bracket.</summary>
    public static bool Is(ReadOnlySpan<byte> utf8) => utf8.TrimStart(" \t\r\n"u8) is [(byte)'[', ..];

    /// <summary>The items in order, each with the line that it begins on, from 1.</summary>
    /// <param name="utf8">The array, without a byte order mark.</param>
    /// <param name="file">For messages.</param>
    /// <exception cref="ConfigException">It is not JSON, or something follows the array.</exception>
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
                $"invalid JSON ({MessageText.Reason(exception)})", "one JSON array, or one JSON object per line", exception);
        }

        return items;
    }
}
