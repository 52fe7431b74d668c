namespace Qwen2Audio.Text.FrontEnd;

/// <summary>A phone of the CMU dictionary (ARPAbet).</summary>
/// <param name="Name">The name without stress, as "AH".</param>
/// <param name="Stress">0: unstressed, 1: primary, 2: secondary stress. Null for consonants, and for all phones if the source has no stress.</param>
public readonly record struct Phone(string Name, int? Stress = null)
{
    /// <summary>Phones from their names, with or without stress digits.</summary>
    /// <param name="names">Names, as "AH0" or "B".</param>
    public static Phone[] Of(params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return [.. names.Select(name => name.Length > 1 && name[^1] is >= '0' and <= '2' ? new Phone(name[..^1], name[^1] - '0') : new Phone(name))];
    }

    /// <summary>Phones from one string, separated by spaces.</summary>
    internal static Phone[] Parse(string names) => Of(names.Split(' '));

    /// <summary>True for the phones that a syllable has one of.</summary>
    public bool IsVowel => Name[0] is 'A' or 'E' or 'I' or 'O' or 'U';

    /// <summary>The name with the stress, as in a dictionary.</summary>
    public override string ToString() => $"{Name}{Stress}";
}
