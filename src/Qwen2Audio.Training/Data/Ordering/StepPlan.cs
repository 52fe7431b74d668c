namespace Qwen2Audio.Training.Data.Ordering;

/// <summary>A sample as it is drawn: what is random about it depends on both numbers and the seed alone.</summary>
/// <param name="Sample">Its number.</param>
/// <param name="Epoch">How often all samples were drawn before, from 0.</param>
internal readonly record struct DrawnSample(int Sample, long Epoch);

/// <summary>The samples of a step.</summary>
/// <param name="Step">Its number, from 0.</param>
/// <param name="Rows">Its rows, each with one or more samples.</param>
internal sealed record StepPlan(long Step, IReadOnlyList<IReadOnlyList<DrawnSample>> Rows)
{
    /// <summary>All samples, row after row.</summary>
    public IEnumerable<DrawnSample> Samples => Rows.SelectMany(row => row);
}
