namespace Qwen2Audio.Formats.Tests;

/// <summary>Mutates a valid file slightly, the same way for the same seed.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly string[] Tokens =
    [
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "-1", "0", "1e400", "1.5", "9223372036854775807", "9223372036854775808",
        "4611686018427387904", "\\ud800", "\\u0061", "\"dtype\"", "\"shape\":[1,2]", "\"data_offsets\":[0,0]", "\"__metadata__\":{\"a\":\"b\"},",
        "\"BF16\"", "\"U8\"", "/**/", "NaN", "../", "\0", "\u00FF", "PK\u0003\u0004", "[[[[[[[[", "\"a\":1,",
    ];

    private readonly Random _random = new(seed);

    public byte[] Change(byte[] good)
    {
        var bytes = new List<byte>(good);
        for (var i = _random.Next(1, 4); i > 0; i--) Step(bytes);
        return [.. bytes];
    }

    private void Step(List<byte> bytes)
    {
        // The header is where the decisions are: half of the changes fall into the first 64 bytes.
        var at = bytes.Count == 0 ? 0 : _random.Next(_random.Next(2) == 0 ? Math.Min(64, bytes.Count) : bytes.Count);
        var length = Math.Min(_random.Next(1, 12), bytes.Count - at);
        switch (_random.Next(7))
        {
            case 0 when bytes.Count > 0: bytes[at] ^= (byte)(1 << _random.Next(8)); break;
            case 1 when bytes.Count > 0: bytes[at] = (byte)_random.Next(256); break;
            case 2: bytes.RemoveRange(at, length); break;
            case 3: bytes.InsertRange(at, Encoding.Latin1.GetBytes(Tokens[_random.Next(Tokens.Length)])); break;
            case 4: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
            case 5: bytes.RemoveRange(at, bytes.Count - at); break;
            case 6 when bytes.Count > 0: ReplaceNumber(bytes, at); break;
        }
    }

    private void ReplaceNumber(List<byte> bytes, int from)
    {
        var start = bytes.FindIndex(from, b => b is >= (byte)'0' and <= (byte)'9');
        if (start < 0) return;
        var end = bytes.FindIndex(start, b => b is < (byte)'0' or > (byte)'9');
        bytes.RemoveRange(start, (end < 0 ? bytes.Count : end) - start);
        long[] numbers = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 1L << 31, 1L << 32, 1L << 62, long.MaxValue];
        bytes.InsertRange(start, Encoding.ASCII.GetBytes(numbers[_random.Next(numbers.Length)].ToString()));
    }
}
