namespace Qwen2Audio.Training.Runs;

/// <summary>
/// Which checkpoint of a run is the best, according to <c>best.json</c> or, if that is damaged, the measurements. Only measurements on the same validation rows,
/// and by the same loss, are compared.
/// </summary>
/// <param name="run">The run's folder.</param>
/// <param name="checkpoints">Its checkpoints.</param>
/// <param name="warn">Receives warnings for the user.</param>
internal sealed class BestCheckpointRecord(string run, CheckpointFolders checkpoints, Action<string> warn)
{
    private IReadOnlyList<long> _kept = []; // any of these may be the best checkpoint
    private string? _measuredOn;

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
        Best = BestCheckpoint.Measured(Measurements, steps, _measuredOn);
        if (damage is null && Best is null) return;
        var problem = $"{Path.Combine(run, BestCheckpoint.FileName)}: {damage ?? "it is missing"}. ";
        if (Best is not null)
        {
            warn($"{problem}By {Path.GetFileName(Measurements)} the best checkpoint that is there is the one after {Best.Step} steps; it stays.");
        }
        else if (steps.Count > 0)
        {
            _kept = steps;
            warn($"{problem}It cannot be told which checkpoint is the best: those that are there now (after {string.Join(", ", steps)} steps) stay while this command runs.");
        }
        else warn(problem.TrimEnd());
    }

    /// <summary>What measurements are made on from now on. If the best was measured on something else, a best checkpoint is looked for anew, with a warning.</summary>
    /// <returns>Whether the best is unknown for that reason.</returns>
    public bool MeasureOn(string measuredOn)
    {
        _measuredOn = measuredOn;
        if (measuredOn.Length == 0 || Best is not { } other || other.MeasuredOn == measuredOn) return false;
        Best = BestCheckpoint.Measured(Measurements, checkpoints.Steps(), measuredOn);
        if (Best is not null) Note(Best.Step, Best.Figure);
        _kept = [.. _kept, other.Step];
        warn($"The best checkpoint so far, after {other.Step} steps, was measured on other validation rows or by another loss ({(other.MeasuredOn.Length == 0 ? "not recorded which" : other.MeasuredOn)}; now {measuredOn}), "
            + $"which cannot be compared: {(Best is null ? "the best is chosen anew" : $"of those measured as now, the one after {Best.Step} steps is the best")}. The other one stays while this command runs.");
        return Best is null;
    }

    /// <summary>The measurements so far.</summary>
    private string Measurements => Path.Combine(run, "validation.jsonl");

    /// <summary>Records a checkpoint as the best, so that it is kept. On a write failure the previous best stays, with a warning.</summary>
    public void Note(long step, double figure)
    {
        var best = new BestCheckpoint(step, figure) { MeasuredOn = _measuredOn ?? "" };
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
