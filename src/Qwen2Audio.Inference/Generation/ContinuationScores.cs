using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Inference.Generation;

/// <summary>Log probabilities of given continuations of one sequence. The sequence's rows are computed and stored once.</summary>
public static class ContinuationScores
{
    private const int Together = 8; // continuations per pass

    /// <summary>ln P of each continuation (including its end token) after the rows of a sequence.</summary>
    /// <param name="sequence">The sequence, which is left unchanged.</param>
    /// <param name="logits">Logits of its last row, [vocabulary].</param>
    /// <param name="continuations">Token ids of each continuation, at least one.</param>
    /// <exception cref="ArgumentException">A continuation is empty or does not fit into the slot.</exception>
    /// <exception cref="NonFiniteOutputException">The logits are not finite.</exception>
    public static double[] Of(DecodingSession session, int sequence, ReadOnlySpan<float> logits, IReadOnlyList<int[]> continuations)
    {
        if (continuations.Any(tokens => tokens.Length == 0)) throw new ArgumentException("A continuation is empty.", nameof(continuations));
        var sum = LogSum(logits);
        var scores = new double[continuations.Count];
        for (var i = 0; i < scores.Length; i++) scores[i] = logits[continuations[i][0]] - (float)sum;
        for (var from = 0; from < scores.Length; from += Together)
            Add(session, sequence, [.. continuations.Skip(from).Take(Together)], scores.AsSpan(from, Math.Min(Together, scores.Length - from)));
        return scores;
    }

    /// <summary>Adds the log probabilities after the first token. The last token of a continuation is scored but not fed.</summary>
    private static void Add(DecodingSession session, int sequence, int[][] continuations, Span<double> scores)
    {
        int[] ids = [.. continuations.SelectMany(tokens => tokens[..^1])];
        if (ids.Length == 0) return;
        var logits = session.Branch(sequence, ids, [.. continuations.Select(tokens => tokens.Length - 1)]);
        for (int i = 0, row = 0; i < continuations.Length; i++)
        {
            for (var j = 1; j < continuations[i].Length; j++, row++)
            {
                var next = logits.Row(row);
                scores[i] += next[continuations[i][j]] - LogSum(next);
            }
        }
    }

    private static double LogSum(ReadOnlySpan<float> logits)
    {
        var sum = LogSumExp.Of(logits);
        return double.IsFinite(sum) ? sum : throw new NonFiniteOutputException("logits");
    }
}
