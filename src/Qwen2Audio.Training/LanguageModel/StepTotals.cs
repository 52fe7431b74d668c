namespace Qwen2Audio.Training.LanguageModel;

/// <summary>
/// What the losses of a whole step are divided by: sums over all its micro-batches (on all machines, when there are several), so that the
/// loss is the mean over the step's tokens and not a mean of means.
/// </summary>
/// <param name="Weight">Σ of the labels' weights; without weights their number.</param>
/// <param name="Rows">Tokens, labelled or not: what the router losses are means over.</param>
internal readonly record struct StepTotals(double Weight, long Rows)
{
    /// <summary>Of all micro-batches of a step.</summary>
    public static StepTotals Of(IEnumerable<TokenBatch> batches)
    {
        var totals = default(StepTotals);
        foreach (var batch in batches) totals += new StepTotals(batch.Weight, batch.Ids.Length);
        return totals;
    }

    /// <summary>Both together.</summary>
    public static StepTotals operator +(StepTotals a, StepTotals b) => new(a.Weight + b.Weight, a.Rows + b.Rows);
}
