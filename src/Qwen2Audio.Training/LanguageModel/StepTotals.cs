using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.LanguageModel;

/// <summary>
/// What the losses of a whole step are divided by: sums over all its micro-batches (on all machines, when there are several), so that the
/// loss is the mean over the step's tokens and not a mean of means.
/// </summary>
/// <param name="Weight">Σ of the labels' weights; without weights their number.</param>
/// <param name="Rows">Tokens, labelled or not: what the router losses are means over.</param>
internal readonly record struct StepTotals(double Weight, long Rows)
{
    /// <summary>Of the step of which these are this rank's micro-batches.</summary>
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
