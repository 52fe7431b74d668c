using System.Text;

namespace Qwen2Audio.Training.Speech;

/// <summary>The form that transcripts and labels are learned in: the letters a–z, apostrophes within words, single spaces.</summary>
internal static class TrainingText
{
    /// <summary>What texts may hold, for messages.</summary>
    public const string Allowed = "allowed: the letters a–z, apostrophes, hyphens and spaces; other punctuation is left out, numbers are written as words";

    /// <summary>
    /// Lower-cases, turns hyphens and underscores into spaces, leaves out punctuation and apostrophes at the edge of a word.
    /// </summary>
    /// <returns>False, with the first character of the kind in <paramref name="unknown"/>, when the text holds something else, such as a digit or é.</returns>
    public static bool TryNormalise(string text, out string normalised, out string unknown)
    {
        unknown = "";
        var result = new StringBuilder(text.Length);
        foreach (var raw in text.EnumerateRunes())
        {
            var c = raw.Value is 0x2019 or 0x2018 ? new Rune('\'') : Rune.ToLowerInvariant(raw);
            if (c.Value is (>= 'a' and <= 'z') or '\'') result.Append((char)c.Value);
            else if (c.Value is '-' or '_' or '/' or 0x2013 or 0x2014 || Rune.IsWhiteSpace(c)) result.Append(' ');
            else if (!Rune.IsPunctuation(c) && unknown.Length == 0) unknown = raw.ToString();
        }

        normalised = string.Join(' ', result.ToString()
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Trim('\'')).Where(word => word.Length > 0));
        return unknown.Length == 0;
    }

    /// <summary>The normalised text.</summary>
    /// <exception cref="ArgumentException">A character that cannot be learned.</exception>
    public static string Normalise(string text) => TryNormalise(text, out var normalised, out var unknown) ? normalised
        : throw new ArgumentException($"\"{text}\" holds '{unknown}'; {Allowed}.", nameof(text));
}
