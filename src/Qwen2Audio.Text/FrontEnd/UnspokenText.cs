using Qwen2Audio.Formats;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Names text that has no spoken form.</summary>
internal static class UnspokenText
{
    private const int MostShown = 60;

    private static readonly (int First, int Last, string Name)[] Scripts =
    [
        (0x370, 0x3FF, "Greek"), (0x1F00, 0x1FFF, "Greek"), (0x400, 0x52F, "Cyrillic"), (0x530, 0x58F, "Armenian"), (0x590, 0x5FF, "Hebrew"), (0x600, 0x77F, "Arabic"), (0x900, 0x97F, "Devanagari"),
        (0x980, 0x9FF, "Bengali"), (0xB80, 0xBFF, "Tamil"), (0xE00, 0xE7F, "Thai"), (0x10A0, 0x10FF, "Georgian"), (0x1100, 0x11FF, "Korean"), (0xAC00, 0xD7AF, "Korean"), (0x3040, 0x30FF, "Japanese"),
        (0x3400, 0x9FFF, "Chinese"), (0x20000, 0x3FFFF, "Chinese"),
    ];

    /// <summary>A warning about a part of a sentence.</summary>
    public static TextWarning Warning(SourceSentence sentence, int start, int end)
    {
        var text = sentence.Text[start..end];
        return new TextWarning("not-spoken", $"{Shown(text)} was left out: {Kind(text)} cannot be spoken", sentence.Start + start, end - start);
    }

    /// <summary>The text in quotes, shortened, with code points for what cannot be shown.</summary>
    public static string Shown(string text)
    {
        var shown = new StringBuilder();
        foreach (var rune in MessageText.Short(text, MostShown).EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar && !text.Contains('\uFFFD', StringComparison.Ordinal)) return "half of a surrogate pair";
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned) shown.Append(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}");
            else shown.Append(rune.ToString());
        }

        return $"\"{shown}\"";
    }

    private static string Kind(string text)
    {
        var rune = text.EnumerateRunes().First();
        foreach (var (first, last, name) in Scripts)
            if (rune.Value >= first && rune.Value <= last && Rune.IsLetter(rune)) return $"{name} text";
        if (char.IsAscii(text[0]) && char.IsAsciiLetter(text[0])) return $"a word of {text.Length} letters";
        return Rune.IsLetter(rune) ? "text in this script" : Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control ? "control characters" : "this symbol";
    }
}
