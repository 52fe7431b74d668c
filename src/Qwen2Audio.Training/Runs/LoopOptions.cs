namespace Qwen2Audio.Training.Runs;

/// <summary>When a run saves and measures, and what it does when something goes wrong.</summary>
public sealed record LoopOptions
{
    /// <summary>Steps between checkpoints; the last step is saved too.</summary>
    public int SaveEvery { get; init; } = 1000;

    /// <summary>Checkpoints that stay, the newest; the best one stays besides.</summary>
    public int Keep { get; init; } = 2;

    /// <summary>Steps between measurements; 0: only at the end.</summary>
    public int EvaluateEvery { get; init; }

    /// <summary>Steps in a row that may be without finite loss and gradient before the run ends.</summary>
    public int MostSkippedInARow { get; init; } = 20;

    /// <summary>A stage is skipped, with the rest of its step, when its loss exceeds this multiple of the stage's running mean; 0 disables the check.</summary>
    public double LossSpike { get; init; }

    /// <summary>Wait between attempts to save on a full disk; null: the run ends at the first.</summary>
    public TimeSpan? RetryFullDisk { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Go on although settings or data differ from those that began the run; the differences are recorded in every later checkpoint.</summary>
    public bool AllowChanges { get; init; }
}
