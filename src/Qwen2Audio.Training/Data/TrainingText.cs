using System.Text;

namespace Qwen2Audio.Training.Data;

/// <summary>The form that transcripts and labels are learned in: lower-case letters, apostrophes within words, single spaces.</summary>
public static class TrainingText
{
    /// <summary>
    /// Lower-cases, turns hyphens and underscores into spaces, leaves out punctuation and apostrophes at the edge of a word.
    /// </summary>
    /// <returns>False, with the character in <paramref name="unknown"/>, when the text holds something that is no word, such as a digit.</returns>
    public static bool TryNormalise(string text, out string normalised, out char unknown)
    {
        unknown = default;
        var result = new StringBuilder(text.Length);
        foreach (var raw in text)
        {
            var c = raw is '\u2019' or '\u2018' ? '\'' : char.ToLowerInvariant(raw);
            if (c is (>= 'a' and <= 'z') or '\'') result.Append(c);
            else if (c is '-' or '_' or '/' or '\u2013' or '\u2014' || char.IsWhiteSpace(c)) result.Append(' ');
            else if (!char.IsPunctuation(c)) unknown = raw;
        }

        normalised = string.Join(' ', result.ToString()
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Trim('\'')).Where(word => word.Length > 0));
        return unknown == default;
    }

    /// <summary>The normalised text.</summary>
    /// <exception cref="ArgumentException">A character that is neither letter nor punctuation.</exception>
    public static string Normalise(string text) => TryNormalise(text, out var normalised, out var unknown) ? normalised
        : throw new ArgumentException($"\"{text}\" holds '{unknown}'; allowed: letters, punctuation and spaces (write numbers as words).", nameof(text));
}
