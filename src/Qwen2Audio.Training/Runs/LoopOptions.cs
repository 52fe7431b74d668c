namespace Qwen2Audio.Training.Runs;

/// <summary>When a run saves and measures, and how it handles errors.</summary>
internal sealed record LoopOptions
{
    /// <summary>Steps between checkpoints; the last step is saved too.</summary>
    public int SaveEvery { get; init; } = 1000;

    /// <summary>Number of newest checkpoints that are kept; the best one is kept as well.</summary>
    public int Keep { get; init; } = 2;

    /// <summary>Steps between measurements; 0: only at the end.</summary>
    public int EvaluateEvery { get; init; }

    /// <summary>Maximum number of consecutive skipped steps before the run ends.</summary>
    public int MostSkippedInARow { get; init; } = 20;

    /// <summary>A stage is skipped, with the rest of its step, when its loss exceeds this multiple of the stage's running mean; 0 disables the check.</summary>
    public double LossSpike { get; init; }

    /// <summary>Delay between attempts to save on a full disk; null: the run ends at the first failure.</summary>
    public TimeSpan? RetryFullDisk { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether to resume although settings or data differ from those of the run; later checkpoints record the differences.</summary>
    public bool AllowChanges { get; init; }
}
