namespace Qwen2Audio.Training.Runs;

/// <summary>What a run knows of itself beside weights and moments; part of every checkpoint.</summary>
internal sealed record RunProgress
{
    /// <summary>Steps done, skipped ones included.</summary>
    public long Step { get; init; }

    /// <summary>Steps that were skipped.</summary>
    public long Skipped { get; init; }

    /// <summary>Skipped steps since the last that was not.</summary>
    public long SkippedInARow { get; init; }

    /// <summary>Running means of the losses, one a stage, against which leaps are measured; empty before the first step that trained, 0 for a stage that has not.</summary>
    public IReadOnlyList<double> MeanLosses { get; init; } = [];

    /// <summary>Changes of settings or data that were allowed, one text each.</summary>
    public IReadOnlyList<string> Overrides { get; init; } = [];

    private const double Memory = 0.98;

    /// <summary>Whether a stage's loss exceeds this multiple of its mean. A loss below 0 counts when it rises by as much as a positive loss of that size would.</summary>
    public bool Leaps(int stage, double loss, double times) => times > 0 && MeanLosses.Count > 0 && MeanLosses[stage] is var mean && mean != 0
        && loss > mean + (times - 1) * Math.Abs(mean);

    /// <summary>After a step that trained; the loss of each stage, null for one that was not trained.</summary>
    public RunProgress Trained(IReadOnlyList<double?> losses) => this with
    {
        Step = Step + 1,
        SkippedInARow = 0,
        MeanLosses = [.. losses.Select((loss, i) => Mean(MeanLosses.Count == 0 ? 0 : MeanLosses[i], loss))],
    };

    /// <summary>After a step that was skipped.</summary>
    public RunProgress Passed() => this with { Step = Step + 1, Skipped = Skipped + 1, SkippedInARow = SkippedInARow + 1 };

    private static double Mean(double mean, double? loss) => loss is not { } found ? mean : mean == 0 ? found : Memory * mean + (1 - Memory) * found;
}
