namespace Qwen2Audio.Checkpoints.Punctuation;

/// <summary>Spelled letters, numbers and commands, which make no sentences.</summary>
internal static class Dictation
{
    private static readonly HashSet<string> Numbers =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand", "million",
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth",
        "nineteenth", "twentieth", "thirtieth",
    ];

    /// <summary>Whether more than half of the words are letters or numbers, or all are letters, numbers or commands.</summary>
    /// <param name="words">The words.</param>
    /// <param name="spelled">Which of them are spelled letters.</param>
    /// <param name="commands">Commands.</param>
    public static bool Is(IReadOnlyList<string> words, ReadOnlySpan<bool> spelled, IReadOnlySet<string> commands)
    {
        var (most, all) = (0, true);
        for (var i = 0; i < words.Count; i++)
        {
            var counts = spelled[i] || Numbers.Contains(words[i]);
            if (counts) most++;
            all &= counts || commands.Contains(words[i]);
        }

        return all || 2 * most > words.Count;
    }

    /// <summary>Which words are spelled letters: single letters, but "a" and "i" only beside another one.</summary>
    public static bool[] Letters(IReadOnlyList<string> words)
    {
        var letters = new bool[words.Count];
        for (var first = 0; first < words.Count; first++)
        {
            var (end, other) = (first, false);
            for (; end < words.Count && words[end] is [>= 'a' and <= 'z' and var letter]; end++) other |= letter is not ('a' or 'i');
            if (other) letters.AsSpan(first, end - first).Fill(true);
            first = end;
        }

        return letters;
    }
}
