namespace Qwen2Audio.Training.Runs;

/// <summary>What a run knows of itself beside weights and moments; part of every checkpoint.</summary>
internal sealed record RunProgress
{
    /// <summary>Steps done, skipped ones included.</summary>
    public long Step { get; init; }

    /// <summary>Steps that changed nothing.</summary>
    public long Skipped { get; init; }

    /// <summary>Skipped steps since the last that was not.</summary>
    public long SkippedInARow { get; init; }

    /// <summary>Running mean of the loss, against which spikes are measured.</summary>
    public double MeanLoss { get; init; }

    /// <summary>Changes of settings or data that were allowed, one text each.</summary>
    public IReadOnlyList<string> Overrides { get; init; } = [];

    private const double Memory = 0.98;

    /// <summary>After a step that trained.</summary>
    public RunProgress Trained(double loss) => this with
    {
        Step = Step + 1,
        SkippedInARow = 0,
        MeanLoss = MeanLoss == 0 ? loss : Memory * MeanLoss + (1 - Memory) * loss,
    };

    /// <summary>After a step that changed nothing.</summary>
    public RunProgress Passed() => this with { Step = Step + 1, Skipped = Skipped + 1, SkippedInARow = SkippedInARow + 1 };
}
