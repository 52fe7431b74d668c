using Qwen2Audio.Checkpoints.Punctuation;

namespace Qwen2Audio.Training.Punctuation;

/// <summary>
/// Tells in printed text which words are heard and which marks follow them. A semicolon counts as a comma; an exclamation mark as a full stop, or as a comma if the sentence goes on. Colons, dashes, dots, brackets, and
/// full stops and question marks in a sentence that goes on, are no mark that could be learnt.
/// </summary>
public static class PunctuatedText
{
    private static readonly Dictionary<string, string> Titles = new(StringComparer.Ordinal) { ["Mr"] = "mister", ["Mrs"] = "missus", ["Dr"] = "doctor", ["St"] = "saint" };

    // read out in full, and printed in full
    private static readonly Dictionary<string, string> Short = new(StringComparer.Ordinal)
    {
        ["Capt"] = "Captain",
        ["Col"] = "Colonel",
        ["Gen"] = "General",
        ["Lieut"] = "Lieutenant",
        ["Rev"] = "Reverend",
        ["Prof"] = "Professor",
        ["Hon"] = "Honorable",
        ["Sergt"] = "Sergeant",
        ["Gov"] = "Governor",
    };

    /// <summary>The words of a passage.</summary>
    public static IReadOnlyList<PunctuatedWord> Words(string passage)
    {
        ArgumentNullException.ThrowIfNull(passage);
        var words = new List<PunctuatedWord>();
        var tokens = Plain(passage).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var opens = true; // whether a capital follows for another reason than the word
        for (var t = 0; t < tokens.Length; t++)
        {
            var token = tokens[t];
            var first = 0;
            while (first < token.Length && !char.IsLetterOrDigit(token[first])) first++;
            var end = token.Length;
            while (end > first && !char.IsLetterOrDigit(token[end - 1])) end--;
            if (first > 0)
            {
                opens = true;
                if (first == token.Length) Follow(words, token, NextIsSmall(tokens, t));
                else if (words.Count > 0 && token.AsSpan(0, first).IndexOfAny("([") >= 0) words[^1] = words[^1] with { After = null };
            }

            if (first == end) continue;
            var (core, rest) = (token[first..end], token[end..]);
            if (rest.StartsWith('.') && Titles.TryGetValue(core, out var title)) words.Add(new(title, core + ".", Mark.None, !opens));
            else if (rest.StartsWith('.') && Short.TryGetValue(core, out var full)) words.Add(new(full.ToLowerInvariant(), full, Mark.None, !opens));
            else
            {
                Add(words, core, opens);
                opens = false;
                if (!(core.Length == 1 && core[0] is >= 'A' and <= 'Z' and not 'I' && rest == ".")) Follow(words, rest, NextIsSmall(tokens, t)); // J. Smith
                if (words[^1].After is not (Mark.None or Mark.Comma) || rest.Contains('!')) opens = true;
                continue;
            }

            opens = false;
        }

        return words;
    }

    private static void Add(List<PunctuatedWord> words, string core, bool opens)
    {
        if (core.ToLowerInvariant() is "to-day" or "to-night" or "to-morrow") core = core.Replace("-", "", StringComparison.Ordinal);
        foreach (var part in core.Split('-', '.'))
        {
            if (part.Length == 0) continue;
            var isWord = part.All(c => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or '\'');
            words.Add(new(isWord ? part.ToLowerInvariant().Trim('\'') : "", part, Mark.None, !opens));
            opens = false;
        }
    }

    /// <summary>Sets the mark after the last word from the characters that follow it.</summary>
    private static void Follow(List<PunctuatedWord> words, string signs, bool goesOn)
    {
        if (words.Count == 0) return;
        Mark? mark = Mark.None;
        foreach (var c in signs)
        {
            Mark? one = c switch
            {
                ',' or ';' => Mark.Comma,
                '.' => goesOn || signs.Contains("..", StringComparison.Ordinal) ? null : Mark.FullStop,
                '!' => goesOn ? Mark.Comma : Mark.FullStop,
                '?' => goesOn ? null : Mark.QuestionMark,
                '"' or '\'' => Mark.None,
                _ => null,
            };
            mark = mark is null || one is null ? null : one > mark ? one : mark;
        }

        var before = words[^1].After;
        words[^1] = words[^1] with { After = mark is null || before is null ? null : mark > before ? mark : before };
    }

    private static bool NextIsSmall(string[] tokens, int at)
    {
        for (var t = at + 1; t < tokens.Length; t++)
            foreach (var c in tokens[t])
                if (char.IsLetterOrDigit(c)) return char.IsLower(c);
        return false;
    }

    /// <summary>One kind of quotation marks and dashes, with spaces around dashes.</summary>
    private static string Plain(string passage)
    {
        var result = new StringBuilder(passage.Length);
        for (var i = 0; i < passage.Length; i++)
        {
            var c = passage[i];
            if (c is '‘' or '’' or '`') result.Append('\'');
            else if (c is '“' or '”') result.Append('"');
            else if (c is '—' or '–' || (c == '-' && (At(i - 1) is '-' or ' ' || At(i + 1) is '-' or ' '))) result.Append(" - ");
            else if (c is '_' or '*') continue;
            else result.Append(char.IsWhiteSpace(c) ? ' ' : c);
        }

        return result.ToString();

        char At(int i) => i >= 0 && i < passage.Length ? passage[i] : ' ';
    }
}
