namespace Qwen2Audio.Evaluation;

/// <summary>Normalises texts before they are compared. Every result includes the name, since error rates of different normalisers are not comparable.</summary>
internal sealed class TextNormaliser
{
    private readonly Func<string, string> _apply;

    private TextNormaliser(string name, Func<string, string> apply) => (Name, _apply) = (name, apply);

    /// <summary>
    /// Lower case; keeps apostrophes within words and replaces every other character that is not a letter, mark or digit with a space; merges
    /// spaces.
    /// </summary>
    public static TextNormaliser LowerWords { get; } = new("lower-words", Lower);

    /// <summary>The normaliser's name.</summary>
    public string Name { get; }

    /// <summary>The normalised text.</summary>
    public string Apply(string text) => _apply(text);

    private static string Lower(string text)
    {
        var kept = new StringBuilder(text.Length);
        foreach (var rune in text.Normalize(NormalizationForm.FormC).EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark)
                kept.Append(Rune.ToLowerInvariant(rune).ToString());
            else
                kept.Append(rune.Value is '\'' or '\u2019' ? '\'' : ' ');
        }

        return string.Join(' ', kept.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Trim('\'')).Where(word => word.Length > 0));
    }
}
