namespace Qwen2Audio.Tasks.Ctc;

/// <summary>How probable the words of a text are, by the other texts that a search found (after Wessel et al. 2001, over a list instead of a lattice).</summary>
/// <param name="candidates">The texts of one piece.</param>
/// <param name="scale">Factor of their scores; below 1 they differ less.</param>
internal sealed class WordPosteriors(IReadOnlyList<LexiconCandidate> candidates, double scale)
{
    private readonly double[] _probabilities = LogMath.Normalise([.. candidates.Select(candidate => scale * candidate.Score)]);

    /// <summary>For each word of a text the share of the probability that belongs to texts with this word in overlapping rows.</summary>
    public double[] Of(LexiconCandidate chosen)
    {
        var shares = new double[chosen.Words.Length];
        for (var i = 0; i < candidates.Count; i++)
        {
            var (words, rows, first) = (candidates[i].Words, candidates[i].Rows, 0);
            for (var word = 0; word < shares.Length; word++)
            {
                var (start, end) = chosen.Rows[word];
                while (first < words.Length && rows[first].End <= start) first++;
                for (var other = first; other < words.Length && rows[other].Start < end; other++)
                {
                    if (words[other] != chosen.Words[word]) continue;
                    shares[word] += _probabilities[i];
                    break;
                }
            }
        }

        return Array.ConvertAll(shares, share => Math.Min(share, 1));
    }
}
