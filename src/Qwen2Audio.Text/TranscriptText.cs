namespace Qwen2Audio.Text;

/// <summary>The normal form of transcripts and labels: letters a–z, apostrophes within words, single spaces.</summary>
public static class TranscriptText
{
    /// <summary>Allowed characters, for messages.</summary>
    public const string Allowed = "allowed: the letters a–z, apostrophes, hyphens and spaces; other punctuation is left out, numbers are written as words";

    /// <summary>
    /// Converts to lower case, turns hyphens and underscores into spaces, and removes punctuation and apostrophes at word edges.
    /// </summary>
    /// <returns>False when the text has another character, such as a digit or é; the first one is in <paramref name="unknown"/>.</returns>
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
    /// <exception cref="ArgumentException">The text has a character that is not allowed.</exception>
    public static string Normalise(string text) => TryNormalise(text, out var normalised, out var unknown) ? normalised
        : throw new ArgumentException($"\"{text}\" contains '{unknown}'; {Allowed}.", nameof(text));
}
