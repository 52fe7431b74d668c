using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Calibration;

/// <summary>Compares recognised words with a reference text.</summary>
public static class WordMatches
{
    /// <summary>For each word whether it is right, by an alignment with the fewest errors.</summary>
    /// <param name="reference">The reference, in any case and with punctuation.</param>
    /// <param name="words">The words.</param>
    public static bool[] Right(string reference, IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var expected = Normal(reference).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] found = [.. words.Select(Normal)];
        var errors = new int[expected.Length + 1, found.Length + 1]; // of the first i and j words
        for (var i = 0; i <= expected.Length; i++)
        {
            for (var j = 0; j <= found.Length; j++)
            {
                errors[i, j] = i == 0 || j == 0 ? i + j
                    : Math.Min(Math.Min(errors[i - 1, j], errors[i, j - 1]) + 1, errors[i - 1, j - 1] + (expected[i - 1] == found[j - 1] ? 0 : 1));
            }
        }

        var right = new bool[found.Length];
        for (var (i, j) = (expected.Length, found.Length); i > 0 && j > 0;)
        {
            var isSame = expected[i - 1] == found[j - 1];
            if (errors[i, j] == errors[i - 1, j - 1] + (isSame ? 0 : 1)) (right[j - 1], i, j) = (isSame, i - 1, j - 1);
            else if (errors[i, j] == errors[i - 1, j] + 1) i--;
            else j--;
        }

        return right;
    }

    private static string Normal(string text) => TranscriptText.TryNormalise(text, out var normalised, out _) ? normalised : text;
}
