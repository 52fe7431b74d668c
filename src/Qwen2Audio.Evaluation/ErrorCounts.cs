namespace Qwen2Audio.Evaluation;

/// <summary>Differences between a hypothesis and its reference, in words or characters. Counts of several pairs can be added.</summary>
internal readonly record struct ErrorCounts(int Hits, int Substitutions, int Deletions, int Insertions)
{
    /// <summary>Length of the reference.</summary>
    public int Reference => Hits + Substitutions + Deletions;

    /// <summary>Substitutions, deletions and insertions.</summary>
    public int Errors => Substitutions + Deletions + Insertions;

    /// <summary>Errors / reference length; the number of insertions when the reference is empty.</summary>
    public double Rate => Reference == 0 ? Insertions : (double)Errors / Reference;

    /// <summary>The sum.</summary>
    public static ErrorCounts operator +(ErrorCounts a, ErrorCounts b) => new(
        a.Hits + b.Hits, a.Substitutions + b.Substitutions, a.Deletions + b.Deletions, a.Insertions + b.Insertions);

    /// <summary>The sum.</summary>
    public ErrorCounts Add(ErrorCounts other) => this + other;

    /// <summary>
    /// Counts of an alignment with the fewest errors. Among several, the one that jiwer 4 reports: common prefix and suffix are removed; then, from the
    /// end backwards, a deletion if it is optimal, otherwise an insertion if it is cheaper than the diagonal, otherwise the diagonal.
    /// </summary>
    public static ErrorCounts Compare<T>(ReadOnlySpan<T> reference, ReadOnlySpan<T> hypothesis)
        where T : IEquatable<T>
    {
        var same = reference.CommonPrefixLength(hypothesis);
        reference = reference[same..];
        hypothesis = hypothesis[same..];
        while (reference.Length > 0 && hypothesis.Length > 0 && reference[^1].Equals(hypothesis[^1]))
        {
            reference = reference[..^1];
            hypothesis = hypothesis[..^1];
            same++;
        }

        var distances = Distances(reference, hypothesis);
        int i = reference.Length, j = hypothesis.Length, hits = same, substitutions = 0, deletions = 0, insertions = 0;
        while (i > 0 && j > 0)
        {
            if (distances[i, j] == distances[i - 1, j] + 1)
            {
                (i, deletions) = (i - 1, deletions + 1);
            }
            else if (distances[i, j - 1] == distances[i - 1, j - 1] - 1)
            {
                (j, insertions) = (j - 1, insertions + 1);
            }
            else
            {
                if (reference[i - 1].Equals(hypothesis[j - 1])) hits++;
                else substitutions++;
                (i, j) = (i - 1, j - 1);
            }
        }

        return new ErrorCounts(hits, substitutions, deletions + i, insertions + j);
    }

    private static int[,] Distances<T>(ReadOnlySpan<T> reference, ReadOnlySpan<T> hypothesis)
        where T : IEquatable<T>
    {
        var d = new int[reference.Length + 1, hypothesis.Length + 1];
        for (var i = 0; i <= reference.Length; i++) d[i, 0] = i;
        for (var j = 0; j <= hypothesis.Length; j++) d[0, j] = j;
        for (var i = 1; i <= reference.Length; i++)
        {
            for (var j = 1; j <= hypothesis.Length; j++)
            {
                var cost = reference[i - 1].Equals(hypothesis[j - 1]) ? 0 : 1;
                d[i, j] = Math.Min(d[i - 1, j - 1] + cost, 1 + Math.Min(d[i - 1, j], d[i, j - 1]));
            }
        }

        return d;
    }
}
