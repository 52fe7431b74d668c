namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Pronounces forms of words whose base a dictionary has: possessives, plurals, -ed, -ing, -er, -ly and the like.</summary>
internal static class Inflections
{
    private const int ShortestBase = 3;

    private static readonly (string Ending, string Phones)[] Suffixes =
    [
        ("ing", "IH0 NG"), ("ings", "IH0 NG Z"), ("er", "ER0"), ("ers", "ER0 Z"), ("est", "AH0 S T"), ("ly", "L IY0"), ("ness", "N AH0 S"), ("less", "L AH0 S"), ("ful", "F AH0 L"), ("ment", "M AH0 N T"), ("able", "AH0 B AH0 L"),
    ];

    private static readonly (string Start, string Phones)[] Prefixes = [("un", "AH0 N"), ("non", "N AA0 N"), ("re", "R IY0"), ("mis", "M IH0 S"), ("over", "OW0 V ER0"), ("under", "AH0 N D ER0"), ("anti", "AE0 N T IY0")];

    /// <summary>The phones of a form; null if no base is found.</summary>
    /// <param name="word">The form.</param>
    /// <param name="find">The phones of a word; null if it is not known.</param>
    public static IReadOnlyList<Phone>? Find(string word, Func<string, IReadOnlyList<Phone>?> find)
    {
        var apostrophe = word.IndexOf('\'', StringComparison.Ordinal);
        if (apostrophe > 0)
        {
            if (find(word[..apostrophe]) is not { } stem) return null;
            return word[apostrophe..] switch
            {
                "'s" => Sibilant(stem),
                "'" => stem,
                "'d" => Dental(stem),
                "'ll" => [.. stem, .. Phone.Parse("AH0 L")],
                "'ve" => [.. stem, .. Phone.Parse("AH0 V")],
                "'re" => [.. stem, .. Phone.Parse("ER0")],
                "n't" => [.. stem, .. Phone.Parse("AH0 N T")],
                _ => null,
            };
        }

        if (word.EndsWith('s') && !word.EndsWith("ss", StringComparison.Ordinal) && Base(word, "s", find) is { } single) return Sibilant(single);
        if (word.EndsWith("ed", StringComparison.Ordinal) && Base(word, "ed", find) is { } present) return Dental(present);
        foreach (var (ending, phones) in Suffixes)
            if (word.EndsWith(ending, StringComparison.Ordinal) && Base(word, ending, find) is { } stem) return [.. stem, .. Phone.Parse(phones)];
        foreach (var (start, phones) in Prefixes)
            if (word.Length >= start.Length + ShortestBase + 1 && word.StartsWith(start, StringComparison.Ordinal) && find(word[start.Length..]) is { } rest) return [.. Phone.Parse(phones), .. rest];
        return null;
    }

    /// <summary>Phones with the ending of plurals and possessives: S, Z or IH Z by the last phone.</summary>
    public static IReadOnlyList<Phone> Sibilant(IReadOnlyList<Phone> stem) => stem[^1].Name switch
    {
        "S" or "Z" or "SH" or "ZH" or "CH" or "JH" => [.. stem, .. Phone.Parse("IH0 Z")],
        "P" or "T" or "K" or "F" or "TH" => [.. stem, new Phone("S")],
        _ => [.. stem, new Phone("Z")],
    };

    private static IReadOnlyList<Phone> Dental(IReadOnlyList<Phone> stem) => stem[^1].Name switch
    {
        "T" or "D" => [.. stem, .. Phone.Parse("IH0 D")],
        "P" or "K" or "F" or "TH" or "S" or "SH" or "CH" => [.. stem, new Phone("T")],
        _ => [.. stem, new Phone("D")],
    };

    // "tries" from "try", "boxes" from "box", "baking" from "bake", "planned" from "plan"
    private static IReadOnlyList<Phone>? Base(string word, string ending, Func<string, IReadOnlyList<Phone>?> find)
    {
        var stem = word[..^ending.Length];
        if (stem.Length < ShortestBase) return null;
        if (ending == "s" && stem.EndsWith("ie", StringComparison.Ordinal)) return find(stem[..^2] + "y") ?? find(stem);
        if (ending == "s" && stem.EndsWith('e') && stem[^2] is 's' or 'x' or 'z' or 'h' or 'o') return find(stem) ?? find(stem[..^1]);
        if (ending == "s") return find(stem);
        if (stem.EndsWith('i') && ending is not ("ing" or "ings")) return find(stem[..^1] + "y");
        var isConsonant = ending[0] is 'l' or 'n' or 'f' or 'm';
        if (isConsonant) return find(stem);
        var isDoubled = stem[^1] == stem[^2] && !"aeiou".Contains(stem[^1], StringComparison.Ordinal);
        return (isDoubled ? find(stem[..^1]) : null) ?? (Wants(stem) ? find(stem + "e") ?? find(stem) : find(stem) ?? find(stem + "e"));
    }

    // a single vowel before a single consonant: "bak-ing" is rather from "bake", as "bak" would double its last letter
    private static bool Wants(string stem) => stem.Length >= 3 && !"aeiouwxy".Contains(stem[^1], StringComparison.Ordinal) && "aeiou".Contains(stem[^2], StringComparison.Ordinal) && !"aeiou".Contains(stem[^3], StringComparison.Ordinal);
}
