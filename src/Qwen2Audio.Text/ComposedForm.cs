using System.Text;

namespace Qwen2Audio.Text;

/// <summary>Unicode normalisation form C of any text.</summary>
internal static class ComposedForm
{
    /// <summary>
    /// The composed form of <paramref name="text"/>; noncharacters, which the base library refuses, stay as they are. Without
    /// <paramref name="compose"/> the text is only checked.
    /// </summary>
    /// <exception cref="UnknownTextException">Half of a surrogate pair: it has no UTF-8 form.</exception>
    public static string Of(ReadOnlySpan<char> text, bool compose = true)
    {
        if (Ascii.IsValid(text)) return text.ToString();
        var composed = new StringBuilder(text.Length);
        var start = 0;
        for (var i = 0; i < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text[i..], out var rune, out var width) != System.Buffers.OperationStatus.Done)
                throw new UnknownTextException(text.ToString(), i, $"U+{(int)text[i]:X4} (half a surrogate pair)");
            if (compose && (rune.Value & 0xFFFE) == 0xFFFE)
            {
                composed.Append(text[start..i].ToString().Normalize(NormalizationForm.FormC)).Append(text.Slice(i, width));
                start = i + width;
            }

            i += width;
        }

        if (!compose) return text.ToString();
        return composed.Append(text[start..].ToString().Normalize(NormalizationForm.FormC)).ToString();
    }
}
