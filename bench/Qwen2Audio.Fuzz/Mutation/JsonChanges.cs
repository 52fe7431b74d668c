namespace Qwen2Audio.Fuzz.Mutation;

/// <summary>Changes of JSON that leave it JSON: a value becomes one of another kind, a field goes, comes twice or is called otherwise.</summary>
internal static class JsonChanges
{
    private static readonly string[] Literals =
    [
        "null", "true", "false", "\"\"", "\"x\"", "[]", "{}", "[[]]", "[{}]", "[null]", "[1,\"a\"]", "{\"a\":{}}", "{\"type\":null}", "{\"\":1}", "\"\\ud800\"", "\"a\\udc00b\"", "\"\\u0000\"", "\"\\u202e\"", "\"\\ud83d\\ude00\"",
        "[\"\\ud800\"]", "{\"\\ud800\":1}", "{\"a\":1,\"a\":2}", "[1,1]", "[-1]", "[2147483648]", "\"1\"", "\"null\"", "[[1,2],[3,4]]", "[1.5]",
    ];

    /// <summary>One change; null when the text is no JSON any more.</summary>
    public static byte[]? Change(Random random, byte[] text, IReadOnlyList<string> tokens)
    {
        var (values, members) = Spans(text);
        if (values.Count == 0) return null;
        var value = values[random.Next(values.Count)];
        var member = members.Count > 0 ? members[random.Next(members.Count)] : default;
        switch (random.Next(members.Count > 0 ? 8 : 4))
        {
            case 0 or 1: return Put(text, value, Literal(random, tokens));
            case 2:
                var (from, to) = values[random.Next(values.Count)];
                return Put(text, value, Encoding.UTF8.GetString(text[from..to]));
            case 3: return Put(text, value, Nest(random));
            case 4: return Put(text, member.Name, Name(random, tokens));
            case 5: return Put(text, (member.Name.From, member.Value.To), $"{Slice(text, (member.Name.From, member.Value.To))},{Slice(text, (member.Name.From, member.Value.To))}");
            case 6: return Put(text, (member.Name.From, member.Value.To), $"{Name(random, tokens)}:{Literal(random, tokens)},{Slice(text, (member.Name.From, member.Value.To))}");
            default: return Put(text, (member.Name.From, member.Value.To), $"{Name(random, tokens)}:{Slice(text, member.Value)}");
        }
    }

    private static string Nest(Random random)
    {
        int[] depths = [2, 20, 31, 32, 33, 64, 65, 1000];
        var (open, close) = Words.Nests[random.Next(3)];
        var depth = depths[random.Next(depths.Length)];
        return string.Concat(Enumerable.Repeat(open, depth)) + "1" + string.Concat(Enumerable.Repeat(close, depth));
    }

    private static string Literal(Random random, IReadOnlyList<string> tokens) => random.Next(4) switch
    {
        0 => JsonSerializer.Serialize(TextChanges.Word(random, tokens)),
        1 => Words.Numbers[random.Next(Words.Numbers.Count)] is { Length: > 0 } number ? number : "0",
        _ => Literals[random.Next(Literals.Length)],
    };

    private static string Name(Random random, IReadOnlyList<string> tokens) => random.Next(12) == 0 ? "\"\\ud800\"" : JsonSerializer.Serialize(TextChanges.Word(random, tokens));

    private static byte[] Put(byte[] text, (int From, int To) span, string value) => [.. text[..span.From], .. Encoding.UTF8.GetBytes(value), .. text[span.To..]];

    private static string Slice(byte[] text, (int From, int To) span) => Encoding.UTF8.GetString(text[span.From..span.To]);

    private static (List<(int From, int To)> Values, List<((int From, int To) Name, (int From, int To) Value)> Members) Spans(byte[] text)
    {
        var values = new List<(int, int)>();
        var members = new List<((int, int), (int, int))>();
        var open = new Stack<(int From, (int, int)? Name)>();
        (int, int)? name = null;
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = 2000 });
        try
        {
            while (reader.Read())
            {
                var (from, to) = ((int)reader.TokenStartIndex, (int)reader.BytesConsumed);
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName: name = (from, from + reader.ValueSpan.Length + 2); break;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        open.Push((from, name));
                        name = null;
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        var (start, owner) = open.Pop();
                        Add((start, to), owner);
                        break;
                    default:
                        Add((from, to), name);
                        name = null;
                        break;
                }
            }
        }
        catch (JsonException)
        {
            return ([], []);
        }

        return (values, members);

        void Add((int, int) value, (int, int)? owner)
        {
            values.Add(value);
            if (owner is { } named) members.Add((named, value));
        }
    }
}
