namespace Qwen2Audio.Training.Runs;

/// <summary>One loss of a step, unweighted, and its weight in the total.</summary>
public readonly record struct LossPart(string Name, double Value, double Weight);

/// <summary>Losses of one stage of a step: the total that is differentiated, and its parts.</summary>
public sealed record StepLosses(double Total, IReadOnlyList<LossPart> Parts)
{
    /// <summary>The sum with another piece of the step, which has the same parts.</summary>
    internal StepLosses Plus(StepLosses other) =>
        new(Total + other.Total, [.. Parts.Zip(other.Parts, (mine, its) => mine with { Value = mine.Value + its.Value })]);
}
