namespace Qwen2Audio.Tasks.Ctc;

/// <summary>A word on a <see cref="ForcedPath"/>.</summary>
/// <param name="Phones">Number of its phones.</param>
/// <param name="Loss">Σ −ln P of its phones, each in its most probable row.</param>
/// <param name="Start">Its first row.</param>
/// <param name="End">The row after its last one.</param>
internal readonly record struct ForcedWord(int Phones, double Loss, int Start, int End);

/// <summary>
/// How the rows of a phone CTC fit words: their most probable path (the forced path) compared with the most probable class of each row (the free path).
/// </summary>
/// <param name="Words">The words in order.</param>
/// <param name="Missed">For each row by how much ln P of the free path exceeds that of the forced path, where the latter has no phone; negative infinity where it has one.</param>
internal sealed record ForcedPath(ForcedWord[] Words, double[] Missed)
{
    /// <summary>Finds it; null when there are too few rows.</summary>
    /// <param name="phones">Log probabilities of the phones.</param>
    /// <param name="words">The pronunciations of each word, at least one each.</param>
    public static ForcedPath? Find(CtcPosteriors phones, IReadOnlyList<IReadOnlyList<byte[]>> words)
    {
        if (PhoneAlignment.Find(phones, PhoneGraph.OfCtc(words), out _) is not { } spans) return null;
        var (found, missed) = (new ForcedWord[words.Count], new double[phones.Rows]);
        for (var row = 0; row < missed.Length; row++) missed[row] = Highest(phones.Row(row)) - phones.Row(row)[CtcPosteriors.Blank];
        foreach (var span in spans)
        {
            var best = double.NegativeInfinity;
            for (var row = span.Start; row < span.End; row++) (best, missed[row]) = (Math.Max(best, phones.Row(row)[span.Phone]), double.NegativeInfinity);
            var word = found[span.Word];
            found[span.Word] = new ForcedWord(word.Phones + 1, word.Loss - best, word.Phones == 0 ? span.Start : word.Start, span.End);
        }

        return new ForcedPath(found, missed);
    }

    private static float Highest(ReadOnlySpan<float> row)
    {
        var most = float.NegativeInfinity;
        foreach (var value in row) most = Math.Max(most, value);
        return most;
    }
}
