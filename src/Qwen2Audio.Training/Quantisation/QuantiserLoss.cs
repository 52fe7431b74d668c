using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Quantisation;

/// <summary>
/// Squared distance between the inputs of a quantiser's stages and the chosen entries. The value serves two losses: the
/// commitment loss, with the entries constant, and the codebook loss, with the inputs constant.
/// </summary>
internal static class QuantiserLoss
{
    /// <summary>
    /// Σ over stages of the mean squared difference, over all rows and dimensions; rows that do not use a stage count as 0.
    /// </summary>
    /// <param name="ops">The step's operators, before <see cref="TrainingOps.Backward"/>.</param>
    /// <param name="stages">The stages of <see cref="TrainingOps.QuantisedStages"/> to include.</param>
    /// <param name="commitment">Weight of the commitment loss in the total.</param>
    /// <param name="codebook">Weight of the codebook loss in the total; untrained codebooks get no gradient.</param>
    public static double Add(TrainingOps ops, IEnumerable<QuantisedStage> stages, float commitment = 1, float codebook = 1)
    {
        var loss = 0.0;
        foreach (var stage in stages) loss += Add(ops, stage, commitment, codebook);
        return loss;
    }

    private static double Add(TrainingOps ops, QuantisedStage stage, float commitment, float codebook)
    {
        var rows = stage.Searched;
        var slopes = ops.Scratch(rows.Rows, rows.Columns);
        var (toRows, toEntries) = (2.0 * commitment / rows.Length, 2.0 * codebook / rows.Length);
        var sum = 0.0;
        for (var row = 0; row < rows.Rows; row++)
        {
            var slope = slopes.Row(row);
            slope.Clear();
            if (stage.Codes[row] < 0) continue;
            var x = rows.Row(row);
            var e = stage.Entries.Row(row);
            var gradient = stage.Codebook.Trained ? stage.Codebook.Gradient.Row(stage.Codes[row]) : [];
            for (var i = 0; i < x.Length; i++)
            {
                var difference = (double)x[i] - e[i];
                sum += difference * difference;
                slope[i] = (float)(toRows * difference);
                if (!gradient.IsEmpty) gradient[i] -= (float)(toEntries * difference);
            }
        }

        ops.Seed(stage.Input, slopes);
        return rows.Length == 0 ? 0 : sum / rows.Length;
    }
}
