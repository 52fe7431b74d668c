
namespace Qwen2Audio.Training.Runs;

/// <summary>The section <c>checkpoints</c> of every recipe: when to save and to measure, and what to do when something goes wrong.</summary>
internal record CheckpointRecipe
{
    /// <summary>Steps between checkpoints; the last step is saved too.</summary>
    public int SaveEvery { get; init; } = 1000;

    /// <summary>Number of newest checkpoints that are kept; the best one is kept as well.</summary>
    public int Keep { get; init; } = 2;

    /// <summary>Steps between measurements on the validation rows; 0: only at the end.</summary>
    public int EvaluateEvery { get; init; }

    /// <summary>Whether to wait and retry when the disk is full; otherwise the run ends.</summary>
    public bool RetryFullDisk { get; init; } = true;

    /// <summary>Maximum number of consecutive skipped steps before the run ends.</summary>
    public int MostSkippedInARow { get; init; } = 20;

    /// <summary>A step is skipped when the loss of one of its stages exceeds this multiple of the stage's running mean; 0 disables the check.</summary>
    public double LossSpike { get; init; }

    /// <summary>The settings that affect the trained weights, for the conditions of a run.</summary>
    internal CheckpointRecipe AffectingWeights() => new() { LossSpike = LossSpike };

    /// <summary>These settings as options of the loop.</summary>
    public LoopOptions ToOptions(bool allowChanges = false) => new(this) { AllowChanges = allowChanges };

    /// <summary>Settings that are out of range.</summary>
    internal IEnumerable<string> Problems()
    {
        if (SaveEvery < 1) yield return $"checkpoints.save_every is {SaveEvery}: 1 or more is allowed";
        if (Keep < 1) yield return $"checkpoints.keep is {Keep}: 1 or more is allowed";
        if (EvaluateEvery < 0) yield return $"checkpoints.evaluate_every is {EvaluateEvery}: 0 or more is allowed";
        if (LossSpike is not (0 or (> 1 and < double.PositiveInfinity)))
            yield return $"checkpoints.loss_spike is {LossSpike}: more than 1 is allowed, or 0 for none";
        if (MostSkippedInARow < 1) yield return $"checkpoints.most_skipped_in_a_row is {MostSkippedInARow}: 1 or more is allowed";
    }
}
