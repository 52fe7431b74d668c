using Qwen2Audio.Formats.Files;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Sources;

namespace Qwen2Audio.Training.Runs;

/// <summary>
/// A folder that one training run owns: <c>checkpoints/step-N/</c>, each complete or absent and with the SHA-256 of its files,
/// <c>metrics.jsonl</c> and the same for TensorBoard under <c>tensorboard/</c>, <c>skipped.jsonl</c> (clips that were left out),
/// <c>skipped-steps.jsonl</c>, <c>validation.jsonl</c>, <c>best.json</c>, <c>measured.json</c>, the recipe (<see cref="RunRecipe"/>). Nothing in it is deleted except checkpoints beyond <c>keep</c>, after a newer one
/// is on disk; damaged ones become <c>damaged-step-N/</c>.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private readonly RunLock? _lock;
    private readonly RunMetrics _metrics;
    private readonly IReadOnlyList<string> _made;
    private readonly List<string> _early = []; // warnings from before a listener is attached
    private readonly BestCheckpointRecord _best;
    private string _measuredOn = "";
    private Action<string>? _warning;

    private RunFolder(string path, RunLock? held, IReadOnlyList<string> made)
    {
        (Location, _lock, _made) = (path, held, made);
        _metrics = new RunMetrics(path, Warn);
        Checkpoints = new CheckpointFolders(Path.Combine(path, "checkpoints"));
        _best = new BestCheckpointRecord(path, Checkpoints, Warn);
        if (held is not null) _best.Find();
    }

    /// <summary>Full path.</summary>
    internal string Location { get; }

    /// <summary>Its checkpoints.</summary>
    internal CheckpointFolders Checkpoints { get; }

    /// <summary>Opens or creates a run folder. A folder with other content, or in use by another run, is rejected.</summary>
    /// <exception cref="RunException">The folder is neither empty nor a run, another process trains in it, or one of its files is a pipe or a device.</exception>
    public static RunFolder Open(string path)
    {
        path = Path.GetFullPath(path);
        if (File.Exists(path)) throw new RunException($"{path} is a file; allowed: a folder.");
        // a rejected run leaves the list of unusable clips
        var known = File.Exists(Path.Combine(path, "lock")) || File.Exists(Path.Combine(path, "skipped.jsonl")) || Directory.Exists(Path.Combine(path, "checkpoints"));
        if (Directory.Exists(path) && !known && Directory.EnumerateFileSystemEntries(path).Any())
            throw new RunException($"{path} is not empty and is not a training run. Choose an empty or new folder; nothing in it was changed.");
        RefuseOtherKinds(path);
        var made = Missing(Path.Combine(path, "checkpoints"));
        Directory.CreateDirectory(Path.Combine(path, "checkpoints"));
        var held = RunLock.Take(path);
        AtomicFolder.RemoveLeftovers(Path.Combine(path, "checkpoints"));
        AtomicFile.RemoveLeftovers(path);
        return new RunFolder(path, held, made);
    }

    // reading from or appending to a pipe would block for ever
    private static void RefuseOtherKinds(string path)
    {
        if (File.Exists(Path.Combine(path, "checkpoints"))) throw new RunException($"{Path.Combine(path, "checkpoints")} is not a folder. Choose an empty or new folder; nothing in it was changed.");
        foreach (var name in new[] { "lock", "holder", "metrics.jsonl", "validation.jsonl", "skipped.jsonl", "skipped-steps.jsonl", BestCheckpoint.FileName, LastMeasured.FileName, RunRecipe.TextFile, RunRecipe.OriginFile })
        {
            try
            {
                PlainFile.Require(Path.Combine(path, name));
            }
            catch (FileNotFoundException exception)
            {
                throw new RunException($"{exception.Message} Nothing in {path} was changed.", exception);
            }
        }
    }

    /// <summary>The run on ranks other than 0: nothing is locked, created or written.</summary>
    public static RunFolder OpenReadOnly(string path) => new(Path.GetFullPath(path), null, []);

    /// <summary>Steps of the checkpoints, newest first, without those renamed as damaged.</summary>
    internal IReadOnlyList<long> Steps() => Checkpoints.Steps();

    /// <summary>The folder of a step's checkpoint.</summary>
    public string Checkpoint(long step) => Checkpoints.Of(step);

    /// <summary>
    /// Writes a checkpoint, which gets its name only once it is complete and on disk. Then removes old ones, so that
    /// <paramref name="keep"/> newest remain, including this one, as well as the best.
    /// </summary>
    /// <exception cref="IOException">The checkpoint could not be written; existing ones are unchanged.</exception>
    internal string Save(long step, int keep, Action<string> write)
    {
        Checkpoints.Write(step, write);
        foreach (var old in Steps().Where(other => other != step && !_best.Keeps(other)).Skip(Math.Max(1, keep) - 1)) Prune(old);
        return Checkpoint(step);
    }

    /// <summary>Receives warnings for the user; the caller of <see cref="Open"/> decides where they are shown.</summary>
    public Action<string>? Warning
    {
        get => _warning;
        set
        {
            _warning = value;
            if (value is null) return;
            var early = _early.ToArray();
            _early.Clear();
            foreach (var text in early) Warn(text);
        }
    }

    /// <summary>Adds a step to metrics.jsonl and TensorBoard's events; a write failure gives one warning.</summary>
    internal void Log(StepReport step) => _metrics.Add(step);

    /// <summary>Records in metrics.jsonl that the run resumes at a step: earlier lines with later steps are obsolete.</summary>
    internal void LogResumed(long step) => _metrics.AddLine(
        Path.Combine(Location, "metrics.jsonl"), $"{{\"resumed\":{step}}}");

    /// <summary>The checkpoint with the best measurement (lower is better); null before the first measurement.</summary>
    public BestCheckpoint? Best => _best.Best;

    /// <inheritdoc cref="BestCheckpointRecord.Note"/>
    internal void NoteBest(long step, double figure) => _best.Note(step, figure);

    /// <inheritdoc cref="BestCheckpointRecord.MeasureOn"/>
    internal bool MeasureOn(string measuredOn)
    {
        _measuredOn = measuredOn;
        return _best.MeasureOn(measuredOn);
    }

    /// <summary>The step of the last measured checkpoint; 0 when there is none or it cannot be read.</summary>
    internal long Measured => LastMeasured.Read(Location);

    /// <summary>Records that a checkpoint was measured; one that was not is measured when the run resumes.</summary>
    internal void NoteMeasured(long step)
    {
        try
        {
            LastMeasured.Write(Location, step);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Warn($"Cannot record that the checkpoint after {step} steps was measured; training continues: {exception.Message}");
        }
    }

    /// <summary>File with the skipped steps and their samples.</summary>
    internal string SkippedSteps => Path.Combine(Location, "skipped-steps.jsonl");

    internal void NoteSkippedStep(string line) => _metrics.AddLine(SkippedSteps, line);

    /// <summary>Keeps the recipe, so that the run can be resumed from its folder alone.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Keep(RunRecipe recipe) => recipe.Write(Location);

    /// <summary>Adds a sample lost during training to <see cref="Skipped"/>.</summary>
    public void NoteSkipped(SkippedSample sample) => _metrics.AddLine(Skipped, SkippedClips.Line(sample));

    /// <summary>Adds a measurement to validation.jsonl and TensorBoard's events.</summary>
    public void LogMeasured(long step, IReadOnlyList<(string Name, double Value)> figures) => _metrics.AddMeasured(step, figures, _measuredOn);

    /// <summary>File with the skipped clips.</summary>
    public string Skipped => Path.Combine(Location, "skipped.jsonl");

    /// <summary>
    /// Releases the folder, and deletes what <see cref="Open"/> created if nothing was saved or logged. A failure to clean up
    /// is only a warning: it must neither hide an earlier error nor make a finished run fail.
    /// </summary>
    public void Dispose()
    {
        try
        {
            _metrics.Dispose();
            TidyUp(_made.Count > 0 && Directory.Exists(Path.Combine(Location, "checkpoints")) && Steps().Count == 0 && !Path.Exists(Path.Combine(Location, "metrics.jsonl")));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _lock?.Release(delete: false);
            Warn($"{Location} cannot be cleaned up: {exception.Message}");
        }
    }

    private void TidyUp(bool unused)
    {
        if (unused)
            foreach (var name in new[] { RunRecipe.TextFile, RunRecipe.OriginFile }) File.Delete(Path.Combine(Location, name));
        _lock?.Release(delete: unused);
        if (!unused) return;
        foreach (var folder in _made)
        {
            if (Directory.EnumerateFileSystemEntries(folder).Any()) return;
            Directory.Delete(folder);
        }
    }

    // missing folders of a path, innermost first
    private static List<string> Missing(string path)
    {
        var missing = new List<string>();
        for (var folder = path; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder)) missing.Add(folder);
        return missing;
    }

    /// <summary>Warns the user; training continues even if that fails.</summary>
    internal void Warn(string text)
    {
        try
        {
            if (_warning is null) _early.Add(text);
            else _warning(text);
        }
        catch (IOException)
        {
        }
    }

    /// <summary>Renames a damaged checkpoint, which is then neither counted nor removed; returns its new path.</summary>
    internal string SetAside(long step)
    {
        var aside = Checkpoints.SetAside(step);
        if (Best?.Step == step) _best.Find();
        return aside;
    }

    private void Prune(long step)
    {
        try
        {
            Checkpoints.Remove(step);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Warn($"The checkpoint after {step} steps cannot be removed: {exception.Message}");
        }
    }
}
