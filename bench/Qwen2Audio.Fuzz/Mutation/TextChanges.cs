namespace Qwen2Audio.Fuzz.Mutation;

/// <summary>Changes of text that keep most of its form: a word or a number becomes another, lines move, something is nested.</summary>
internal static class TextChanges
{
    private static readonly int[] Depths = [2, 3, 31, 32, 33, 63, 64, 65, 129, 1000];
    private const int DeepestRarely = 50_000;

    /// <summary>One change; <paramref name="tokens"/> are words of the format.</summary>
    public static byte[] Change(Random random, byte[] text, IReadOnlyList<string> tokens)
    {
        var at = random.Next(text.Length + 1);
        switch (random.Next(9))
        {
            case 0 or 1 or 2: return Replace(random, text, at, Word(random, tokens));
            case 3: return ByteChanges.Insert(text, at, Word(random, tokens));
            case 4: return Lines(random, text);
            case 5: return Nested(random, text, at);
            case 6: return [.. text[..at], .. Words.NotUtf8[random.Next(Words.NotUtf8.Count)], .. text[at..]];
            case 7:
                return random.Next(3) switch
                {
                    0 => [0xEF, 0xBB, 0xBF, .. text],
                    1 => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text).Replace("\n", "\r\n", StringComparison.Ordinal)),
                    _ => [.. text, (byte)'\n', (byte)'\0'],
                };
            default: return ByteChanges.Insert(text, at, new string((char)('a' + random.Next(3)), 1 << random.Next(1, 14)));
        }
    }

    /// <summary>A word of the format, a number or a piece of text.</summary>
    public static string Word(Random random, IReadOnlyList<string> tokens) => random.Next(3) switch
    {
        0 when tokens.Count > 0 => tokens[random.Next(tokens.Count)],
        1 => Words.Numbers[random.Next(Words.Numbers.Count)],
        _ => Words.Texts[random.Next(Words.Texts.Count)],
    };

    /// <summary>Puts a place of the text, or all that follows it, deep into brackets, closed or not.</summary>
    public static byte[] Nested(Random random, byte[] text, int at)
    {
        var (open, close) = Words.Nests[random.Next(Words.Nests.Count)];
        var depth = random.Next(200) == 0 ? DeepestRarely : Depths[random.Next(Depths.Length)];
        var before = string.Concat(Enumerable.Repeat(open, depth));
        var after = random.Next(3) == 0 ? "" : string.Concat(Enumerable.Repeat(close, depth));
        return [.. text[..at], .. Encoding.UTF8.GetBytes(before + (random.Next(2) == 0 ? "1" : "")), .. Encoding.UTF8.GetBytes(after), .. text[at..]];
    }

    private static byte[] Replace(Random random, byte[] text, int at, string word)
    {
        while (at < text.Length && !IsWord(text[at])) at++;
        if (at == text.Length) return ByteChanges.Insert(text, random.Next(text.Length + 1), word);
        var (from, to) = (at, at);
        while (from > 0 && IsWord(text[from - 1])) from--;
        while (to < text.Length && IsWord(text[to])) to++;
        return [.. text[..from], .. Encoding.UTF8.GetBytes(word), .. text[to..]];
    }

    private static bool IsWord(byte value) => value is (>= (byte)'0' and <= (byte)'9') or (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (byte)'_' or (byte)'.' or (byte)'-' or (byte)'+' or > 127;

    private static byte[] Lines(Random random, byte[] text)
    {
        var lines = new List<byte[]>();
        for (var from = 0; from <= text.Length;)
        {
            var end = Array.IndexOf(text, (byte)'\n', from);
            if (end < 0) end = text.Length;
            lines.Add(text[from..end]);
            from = end + 1;
        }

        var (one, two) = (random.Next(lines.Count), random.Next(lines.Count));
        switch (random.Next(5))
        {
            case 0: lines.Insert(two, lines[one]); break;
            case 1: lines.RemoveAt(one); break;
            case 2: (lines[one], lines[two]) = (lines[two], lines[one]); break;
            case 3: lines[one] = [(byte)' ', (byte)' ', .. lines[one]]; break;
            default: lines.Insert(two, []); break;
        }

        return lines.Count == 0 ? [] : [.. lines.Skip(1).Aggregate((IEnumerable<byte>)lines[0], (all, line) => all.Append((byte)'\n').Concat(line))];
    }
}
