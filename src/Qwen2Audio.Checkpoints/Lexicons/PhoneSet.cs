namespace Qwen2Audio.Checkpoints.Lexicons;

/// <summary>The 39 phones of the CMU dictionary without stress, with ids 1…39 in this order; 0 is the CTC blank.</summary>
public static class PhoneSet
{
    private static readonly Dictionary<string, int> Numbers;

    static PhoneSet() => Numbers = Names.Select((name, index) => (name, index)).ToDictionary(pair => pair.name, pair => pair.index + 1);

    /// <summary>Number of ids, including the blank.</summary>
    public const int Count = 40;

    /// <summary>Names in the order of their ids, from 1.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY", "JH", "K",
        "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH",
    ];

    /// <summary>True for one of the 39 names.</summary>
    public static bool Has(string name) => Numbers.ContainsKey(name);

    /// <summary>Id of a phone, 1…39.</summary>
    /// <exception cref="ArgumentException">No such phone.</exception>
    public static int Id(string name) => Numbers.TryGetValue(name, out var id) ? id
        : throw new ArgumentException($"\"{name}\" is not a phone; the phones are {string.Join(" ", Names)}.", nameof(name));

    /// <summary>Ids of phones.</summary>
    public static int[] Ids(IEnumerable<string> names) => [.. names.Select(Id)];
}
