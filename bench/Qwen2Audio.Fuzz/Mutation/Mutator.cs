namespace Qwen2Audio.Fuzz.Mutation;

/// <summary>How the inputs of a reader are written, which decides how they are changed.</summary>
internal enum InputForm
{
    Binary,
    Text,
    Json,

    /// <summary>A JSON value a line.</summary>
    JsonLines,
}

/// <summary>Makes inputs from good ones. The same seed and number give the same input of the same collection.</summary>
internal sealed class Mutator(InputForm form, IReadOnlyList<string> tokens, Func<byte[], byte[]>? repair)
{
    private const int LongestInput = 1 << 20;

    /// <summary>An input: one of the collection with one to six changes, and most often with its checksums and sizes put right again.</summary>
    public byte[] Make(ulong seed, long number, IReadOnlyList<byte[]> collection)
    {
        var random = new Random(Mix(seed, number));
        var bytes = collection[random.Next(collection.Count)];
        var changes = 1 + random.Next(2) * random.Next(1, 6);
        // what is no JSON any more says little about what reads its fields
        var wellFormed = form is InputForm.Json or InputForm.JsonLines && random.Next(10) < 7;
        for (var i = 0; i < changes; i++)
        {
            var changed = wellFormed ? OfJson(random, bytes) : Change(random, bytes, collection[random.Next(collection.Count)]);
            if (changed.Length <= LongestInput) bytes = changed;
        }

        return repair is not null && random.Next(4) > 0 ? repair(bytes) : bytes;
    }

    private byte[] Change(Random random, byte[] bytes, byte[] other) => (form, random.Next(8)) switch
    {
        (InputForm.Binary, < 7) => ByteChanges.Change(random, bytes, other),
        (InputForm.Binary, _) => ByteChanges.Insert(bytes, random.Next(bytes.Length + 1), TextChanges.Word(random, tokens)),
        (InputForm.Json or InputForm.JsonLines, < 3) => OfJson(random, bytes),
        (_, 7) => ByteChanges.Change(random, bytes, other),
        _ => TextChanges.Change(random, bytes, tokens),
    };

    private byte[] OfJson(Random random, byte[] bytes) =>
        form == InputForm.JsonLines ? Line(random, bytes) : JsonChanges.Change(random, bytes, tokens) ?? TextChanges.Change(random, bytes, tokens);

    private byte[] Line(Random random, byte[] bytes)
    {
        if (bytes.Length == 0) return TextChanges.Change(random, bytes, tokens);
        var at = random.Next(bytes.Length);
        var from = Array.LastIndexOf(bytes, (byte)'\n', at == 0 ? 0 : at - 1) + 1;
        var to = Array.IndexOf(bytes, (byte)'\n', Math.Max(from, at));
        if (to < 0) to = bytes.Length;
        return [.. bytes[..from], .. JsonChanges.Change(random, bytes[from..to], tokens) ?? TextChanges.Change(random, bytes[from..to], tokens), .. bytes[to..]];
    }

    // splitmix64
    private static int Mix(ulong seed, long number)
    {
        var value = seed * 0x9E3779B97F4A7C15 + (ulong)number + 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return (int)(value ^ (value >> 31)) & int.MaxValue;
    }
}
