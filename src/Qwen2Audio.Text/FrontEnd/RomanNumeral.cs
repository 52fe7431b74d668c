namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Roman numerals from 1 to 3999.</summary>
internal static class RomanNumeral
{
    private static readonly (string Letters, int Value)[] Parts =
    [
        ("M", 1000), ("CM", 900), ("D", 500), ("CD", 400), ("C", 100), ("XC", 90), ("L", 50), ("XL", 40), ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1),
    ];

    /// <summary>The value of a numeral in its only correct form; 0 for other texts.</summary>
    public static int Value(string text)
    {
        var (value, at, part) = (0, 0, 0);
        while (at < text.Length && part < Parts.Length)
        {
            var (letters, worth) = Parts[part];
            if (string.CompareOrdinal(text, at, letters, 0, letters.Length) == 0) (value, at) = (value + worth, at + letters.Length);
            else part++;
        }

        return at == text.Length && text.Length > 0 && Written(value) == text ? value : 0;
    }

    private static string Written(int value)
    {
        var text = new StringBuilder();
        foreach (var (letters, worth) in Parts)
            for (; value >= worth; value -= worth) text.Append(letters);
        return text.ToString();
    }
}
