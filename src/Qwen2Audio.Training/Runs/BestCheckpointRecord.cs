namespace Qwen2Audio.Training.Runs;

/// <summary>Which checkpoint of a run is the best, according to <c>best.json</c> or, if that is damaged, the measurements.</summary>
/// <param name="run">The run's folder.</param>
/// <param name="checkpoints">Its checkpoints.</param>
/// <param name="warn">Receives warnings for the user.</param>
internal sealed class BestCheckpointRecord(string run, CheckpointFolders checkpoints, Action<string> warn)
{
    private IReadOnlyList<long> _kept = []; // any of these may be the best checkpoint

    /// <summary>The checkpoint with the best measurement (lower is better); null before the first measurement.</summary>
    public BestCheckpoint? Best { get; private set; }

    /// <summary>Whether a checkpoint is the best, or may be.</summary>
    public bool Keeps(long step) => step == Best?.Step || _kept.Contains(step);

    /// <summary>Reads it. If its checkpoint is missing, uses the measurements; without them, keeps every candidate.</summary>
    public void Find()
    {
        var (best, steps) = (BestCheckpoint.Read(run, out var damage), checkpoints.Steps());
        Best = best is not null && steps.Contains(best.Step) ? best : null;
        if (Best is not null) return;
        if (best is not null) damage = $"the checkpoint that it names, after {best.Step} steps, is not there any more";
        var measurements = Path.Combine(run, "validation.jsonl");
        Best = BestCheckpoint.Measured(measurements, steps);
        if (damage is null && Best is null) return;
        var problem = $"{Path.Combine(run, BestCheckpoint.FileName)}: {damage ?? "it is missing"}. ";
        if (Best is not null)
        {
            warn($"{problem}By {Path.GetFileName(measurements)} the best checkpoint that is there is the one after {Best.Step} steps; it stays.");
        }
        else if (steps.Count > 0)
        {
            _kept = steps;
            warn($"{problem}It cannot be told which checkpoint is the best: those that are there now (after {string.Join(", ", steps)} steps) stay while this command runs.");
        }
        else warn(problem.TrimEnd());
    }

    /// <summary>Records a checkpoint as the best, so that it is kept. On a write failure the previous best stays, with a warning.</summary>
    public void Note(long step, double figure)
    {
        var best = new BestCheckpoint(step, figure);
        try
        {
            best.Write(run);
            Best = best;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            warn($"Cannot record that the checkpoint after {step} steps is the best; training continues: {exception.Message}");
        }
    }
}
