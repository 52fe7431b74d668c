namespace Qwen2Audio.Training.Runs;

/// <summary>When a run saves and measures, and how it handles errors.</summary>
internal sealed record LoopOptions : CheckpointRecipe
{
    public LoopOptions()
    {
    }

    public LoopOptions(CheckpointRecipe settings)
        : base(settings)
    {
    }

    /// <summary>Delay between attempts to save on a full disk.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether to resume although settings or data differ from those of the run; later checkpoints record the differences.</summary>
    public bool AllowChanges { get; init; }
}
