namespace Qwen2Audio.Training.Data.Ordering;

/// <summary>A sample as drawn in an epoch; its random numbers depend only on both numbers and the seed.</summary>
/// <param name="Sample">Number of the sample.</param>
/// <param name="Epoch">The epoch, from 0.</param>
internal readonly record struct DrawnSample(int Sample, long Epoch);

/// <summary>The samples of a step.</summary>
/// <param name="Step">Number of the step, from 0.</param>
/// <param name="Rows">Its rows, each with one or more samples.</param>
internal sealed record StepPlan(long Step, IReadOnlyList<IReadOnlyList<DrawnSample>> Rows)
{
    /// <summary>All samples, row by row.</summary>
    public IEnumerable<DrawnSample> Samples => Rows.SelectMany(row => row);
}
