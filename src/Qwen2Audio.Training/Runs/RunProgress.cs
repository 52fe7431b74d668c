namespace Qwen2Audio.Training.Runs;

/// <summary>A run's state other than weights and moments; part of every checkpoint.</summary>
internal sealed record RunProgress
{
    /// <summary>Number of steps done, including skipped ones.</summary>
    public long Step { get; init; }

    /// <summary>Number of skipped steps.</summary>
    public long Skipped { get; init; }

    /// <summary>Number of skipped steps since the last one that was not skipped.</summary>
    public long SkippedInARow { get; init; }

    /// <summary>Running mean loss of each stage, for detecting spikes; empty before the first trained step, 0 for a stage that has not been trained.</summary>
    public IReadOnlyList<double> MeanLosses { get; init; } = [];

    /// <summary>Allowed changes of settings or data, one text each.</summary>
    public IReadOnlyList<string> Overrides { get; init; } = [];

    private const double Memory = 0.98;

    /// <summary>Whether a stage's loss exceeds this multiple of its mean. A negative loss counts when it rises as much as a positive one of the same size would.</summary>
    public bool IsSpike(int stage, double loss, double times) => times > 0 && MeanLosses.Count > 0 && MeanLosses[stage] is var mean && mean != 0
        && loss > mean + (times - 1) * Math.Abs(mean);

    /// <summary>The state after a trained step, with the loss of each stage; null for a stage that was not trained.</summary>
    public RunProgress Trained(IReadOnlyList<double?> losses) => this with
    {
        Step = Step + 1,
        SkippedInARow = 0,
        MeanLosses = [.. losses.Select((loss, i) => Mean(MeanLosses.Count == 0 ? 0 : MeanLosses[i], loss))],
    };

    /// <summary>The state after a skipped step.</summary>
    public RunProgress AfterSkip() => this with { Step = Step + 1, Skipped = Skipped + 1, SkippedInARow = SkippedInARow + 1 };

    private static double Mean(double mean, double? loss) => loss is not { } found ? mean : mean == 0 ? found : Memory * mean + (1 - Memory) * found;
}
