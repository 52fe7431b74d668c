namespace Qwen2Audio.Text;

/// <summary>Unicode normalisation form C of any text; unpaired surrogates, which have no UTF-8 form, become U+FFFD.</summary>
internal static class NfcNormaliser
{
    /// <summary>The composed form of <paramref name="text"/>; noncharacters, which .NET refuses to normalise, stay unchanged.</summary>
    public static string Of(ReadOnlySpan<char> text)
    {
        if (Ascii.IsValid(text)) return text.ToString();
        var whole = CombiningMarkOrder.OfLongRuns(Whole(text));
        StringBuilder? composed = null;
        var start = 0;
        for (var i = 0; i < whole.Length; i++)
        {
            if (!IsNoncharacter(whole, i, out var width)) continue;
            composed ??= new StringBuilder(whole.Length);
            composed.Append(whole[start..i].Normalize(NormalizationForm.FormC)).Append(whole.AsSpan(i, width));
            start = i + width;
            i = start - 1;
        }

        var rest = (composed is null ? whole : whole[start..]).Normalize(NormalizationForm.FormC);
        return composed is null ? rest : composed.Append(rest).ToString();
    }

    /// <summary>The text with each unpaired surrogate replaced by U+FFFD.</summary>
    public static string Whole(ReadOnlySpan<char> text)
    {
        var characters = text.ToArray();
        for (var i = 0; i < characters.Length; i++)
        {
            if (!char.IsSurrogate(characters[i])) continue;
            if (i + 1 < characters.Length && char.IsSurrogatePair(characters[i], characters[i + 1])) i++;
            else characters[i] = '\uFFFD';
        }

        return new string(characters);
    }

    // the last two code points of every plane
    private static bool IsNoncharacter(string text, int at, out int width)
    {
        width = 1;
        if (text[at] >= '\uFFFE') return true;
        if (!char.IsHighSurrogate(text[at])) return false;
        width = 2;
        return (char.ConvertToUtf32(text, at) & 0xFFFE) == 0xFFFE;
    }
}
