using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Tasks.Ctc;

/// <summary>Rows [Start, End) that emit a label, and its log probability in the most probable of them.</summary>
internal readonly record struct CtcSpan(int Start, int End, double LogProbability);

/// <summary>Aligns a given label sequence with the rows of a clip.</summary>
internal static class CtcAlignment
{
    /// <summary>
    /// Log probability of a label sequence, summed over all its alignments (the forward pass of Graves et al. 2006); −∞ when
    /// there are too few rows for it.
    /// </summary>
    public static double LogProbability(CtcPosteriors posteriors, ReadOnlySpan<int> ids)
    {
        if (posteriors.Rows == 0) return ids.IsEmpty ? 0 : double.NegativeInfinity;
        var states = 2 * ids.Length + 1;
        var alpha = new double[states];
        var next = new double[states];
        Array.Fill(alpha, double.NegativeInfinity);
        alpha[0] = posteriors.Row(0)[CtcPosteriors.Blank];
        if (states > 1) alpha[1] = posteriors.Row(0)[ids[0]];
        for (var row = 1; row < posteriors.Rows; row++)
        {
            var logs = posteriors.Row(row);
            for (var s = 0; s < states; s++)
            {
                var sum = s > 0 ? LogSumExp.Of(alpha[s], alpha[s - 1]) : alpha[s];
                if (Skips(ids, s)) sum = LogSumExp.Of(sum, alpha[s - 2]);
                next[s] = sum + logs[ClassOf(ids, s)];
            }

            (alpha, next) = (next, alpha);
        }

        return states > 1 ? LogSumExp.Of(alpha[^1], alpha[^2]) : alpha[0];
    }

    /// <summary>
    /// The most probable alignment: for each label the rows that emit it, in order and without overlap. Null when there are too few rows.
    /// </summary>
    public static CtcSpan[]? Align(CtcPosteriors posteriors, ReadOnlySpan<int> ids)
    {
        if (ids.IsEmpty) return [];
        if (posteriors.Rows == 0) return null;
        var (rows, states) = (posteriors.Rows, 2 * ids.Length + 1);
        var best = new double[states];
        var next = new double[states];
        var steps = new byte[rows * states]; // how many states back the best predecessor is
        Array.Fill(best, double.NegativeInfinity);
        best[0] = posteriors.Row(0)[CtcPosteriors.Blank];
        best[1] = posteriors.Row(0)[ids[0]];
        for (var row = 1; row < rows; row++)
        {
            var logs = posteriors.Row(row);
            for (var s = 0; s < states; s++)
            {
                byte step = 0;
                if (s > 0 && best[s - 1] > best[s]) step = 1;
                if (Skips(ids, s) && best[s - 2] > best[s - step]) step = 2;
                next[s] = best[s - step] + logs[ClassOf(ids, s)];
                steps[row * states + s] = step;
            }

            (best, next) = (next, best);
        }

        var state = best[^1] > best[^2] ? states - 1 : states - 2;
        if (double.IsNegativeInfinity(best[state])) return null;
        var spans = new CtcSpan[ids.Length];
        for (var row = rows - 1; row >= 0; row--)
        {
            if (state % 2 == 1) Extend(ref spans[state / 2], row, posteriors.Row(row)[ids[state / 2]]);
            if (row > 0) state -= steps[row * states + state];
        }

        return spans;
    }

    private static void Extend(ref CtcSpan span, int row, double log) =>
        span = span.End == 0 ? new CtcSpan(row, row + 1, log) : new CtcSpan(row, span.End, Math.Max(span.LogProbability, log));

    private static int ClassOf(ReadOnlySpan<int> ids, int state) => state % 2 == 0 ? CtcPosteriors.Blank : ids[state / 2];

    private static bool Skips(ReadOnlySpan<int> ids, int state) => state % 2 == 1 && state >= 3 && ids[state / 2] != ids[state / 2 - 1];
}
