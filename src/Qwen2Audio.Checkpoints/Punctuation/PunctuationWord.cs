namespace Qwen2Audio.Checkpoints.Punctuation;

/// <summary>A word as features see it: numbers of its letters and of its kind, which is the word itself if it is short, otherwise its ending.</summary>
/// <param name="Text">Of the word.</param>
/// <param name="Kind">Of its kind.</param>
public readonly record struct PunctuationWord(ulong Text, ulong Kind)
{
    private const int Short = 4; // letters; most function words are not longer
    private const int Ending = 3;

    /// <summary>Stands before and after a text.</summary>
    public static readonly PunctuationWord Outside = new(1, 1);

    /// <summary>A word that cannot be spoken as it is printed, such as a number in digits.</summary>
    public static readonly PunctuationWord Unknown = new(2, 2);

    /// <summary>The numbers of a word in lower case.</summary>
    public static PunctuationWord Of(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        return new(Hash(word, 3), word.Length <= Short ? Hash(word, 4) : Hash(word.AsSpan(word.Length - Ending), 5));
    }

    // FNV-1a
    private static ulong Hash(ReadOnlySpan<char> text, ulong seed)
    {
        var hash = 0xCBF29CE484222325 ^ seed;
        foreach (var c in text) hash = (hash ^ c) * 0x100000001B3;
        return hash;
    }
}
