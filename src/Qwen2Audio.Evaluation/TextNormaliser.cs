using System.Text;

namespace Qwen2Audio.Evaluation;

/// <summary>What is done to texts before they are compared. The name is part of every result: rates of different normalisers do not compare.</summary>
internal sealed class TextNormaliser
{
    private readonly Func<string, string> _apply;

    private TextNormaliser(string name, Func<string, string> apply) => (Name, _apply) = (name, apply);

    /// <summary>Nothing.</summary>
    public static TextNormaliser None { get; } = new("none", text => text);

    /// <summary>
    /// Lower case; apostrophes within a word stay, every other character that is no letter, mark or digit becomes a space; runs of
    /// spaces become one.
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
            if (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark)
                kept.Append(Rune.ToLowerInvariant(rune).ToString());
            else
                kept.Append(rune.Value is '\'' or '\u2019' ? '\'' : ' ');
        }

        return string.Join(' ', kept.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Trim('\'')).Where(word => word.Length > 0));
    }
}
