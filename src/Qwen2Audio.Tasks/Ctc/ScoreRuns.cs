namespace Qwen2Audio.Tasks.Ctc;

/// <summary>Finds where evidence accumulates: runs of consecutive scores with a high sum (the cumulative sum test of Page 1954).</summary>
internal static class ScoreRuns
{
    /// <summary>The runs [Start, End) whose sum exceeds a threshold. A run begins with a positive score and ends where its sum is highest, before it falls to 0 or by more than <paramref name="drop"/>.</summary>
    /// <param name="scores">Positive for, negative against.</param>
    /// <param name="threshold">0 or more.</param>
    /// <param name="drop">Evidence against that ends a run.</param>
    public static IEnumerable<(int Start, int End, double Sum)> Find(IReadOnlyList<double> scores, double threshold, double drop)
    {
        for (var start = 0; start < scores.Count;)
        {
            var (sum, highest, end) = (0.0, 0.0, start);
            for (var i = start; i < scores.Count && (i == start || sum > 0) && sum >= highest - drop; i++)
            {
                sum += scores[i];
                if (sum > highest) (highest, end) = (sum, i + 1);
            }

            if (highest > threshold) yield return (start, end, highest);
            start = Math.Max(end, start + 1);
        }
    }
}
