using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.LanguageModel;

/// <summary>
/// Divisors for the losses of a step: sums over all its micro-batches and all ranks, so that the
/// loss is the mean over the step's tokens rather than a mean of means.
/// </summary>
/// <param name="Weight">Σ of the labels' weights, by default their number.</param>
/// <param name="Rows">Number of tokens, labelled or not, over which the router losses are averaged.</param>
internal readonly record struct StepTotals(double Weight, long Rows)
{
    /// <summary>The totals of a step, given this rank's micro-batches.</summary>
    public static StepTotals Of(IEnumerable<TokenBatch> batches, IRanks? ranks = null)
    {
        double[] sums = [0, 0];
        foreach (var batch in batches)
        {
            sums[0] += batch.Weight;
            sums[1] += batch.Ids.Length;
        }

        ranks?.Sum(sums);
        return new StepTotals(sums[0], (long)sums[1]);
    }
}
