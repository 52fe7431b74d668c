using System.Globalization;
using Qwen2Audio.Formats;
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
    /// <summary>The list of a checkpoint's files and their SHA-256, written last.</summary>
    public const string ChecksumFile = "SHA256SUMS";

    private const string Prefix = "step-";
    private const string Damaged = "damaged-";
    private readonly RunLock? _lock;
    private readonly RunMetrics _metrics;
    private readonly IReadOnlyList<string> _made;
    private readonly List<string> _early = []; // warnings from before somebody listens
    private IReadOnlyList<long> _kept = []; // any of these may be the best checkpoint
    private Action<string>? _warning;

    private RunFolder(string path, RunLock? held, IReadOnlyList<string> made)
    {
        (Location, _lock, _made) = (path, held, made);
        _metrics = new RunMetrics(path, Warn);
        if (held is not null) Best = FindBest();
    }

    /// <summary>Full path.</summary>
    public string Location { get; }

    private string Checkpoints => Path.Combine(Location, "checkpoints");

    /// <summary>Opens or creates a run folder; a folder with other content, or one in use by another run, is refused.</summary>
    /// <exception cref="RunException">The folder is not empty and no run, another process trains in it, or what should be a file of it is a pipe or a device.</exception>
    public static RunFolder Open(string path)
    {
        path = Path.GetFullPath(path);
        if (File.Exists(path)) throw new RunException($"{path} is a file; a run needs a folder.");
        // a run that was refused leaves the list of what it could not use
        var known = File.Exists(Path.Combine(path, "lock")) || File.Exists(Path.Combine(path, "skipped.jsonl")) || Directory.Exists(Path.Combine(path, "checkpoints"));
        if (Directory.Exists(path) && !known && Directory.EnumerateFileSystemEntries(path).Any())
            throw new RunException($"{path} is not empty and no training run. Name an empty or new folder; nothing in it was touched.");
        RefuseOtherKinds(path);
        var made = Missing(Path.Combine(path, "checkpoints"));
        Directory.CreateDirectory(Path.Combine(path, "checkpoints"));
        var held = RunLock.Take(path);
        AtomicFolder.RemoveLeftovers(Path.Combine(path, "checkpoints"));
        AtomicFile.RemoveLeftovers(path);
        return new RunFolder(path, held, made);
    }

    // reading or appending to a pipe would wait for ever
    private static void RefuseOtherKinds(string path)
    {
        if (File.Exists(Path.Combine(path, "checkpoints"))) throw new RunException($"{Path.Combine(path, "checkpoints")} is no folder. Name an empty or new folder; nothing in it was touched.");
        foreach (var name in new[] { "lock", "holder", "metrics.jsonl", "validation.jsonl", "skipped.jsonl", "skipped-steps.jsonl", BestCheckpoint.FileName, LastMeasured.FileName, RunRecipe.TextFile, RunRecipe.OriginFile })
        {
            try
            {
                PlainFile.Require(Path.Combine(path, name));
            }
            catch (FileNotFoundException exception)
            {
                throw new RunException($"{exception.Message} Nothing in {path} was touched.", exception);
            }
        }
    }

    /// <summary>The run as the ranks other than 0 see it: nothing is locked, made or written.</summary>
    public static RunFolder LookOn(string path) => new(Path.GetFullPath(path), null, []);

    /// <summary>Whether a folder is a training run (or its folder of checkpoints) and not a model.</summary>
    public static bool IsRun(string path) =>
        !File.Exists(Path.Combine(path, "config.json"))
        && (Directory.Exists(Path.Combine(path, "checkpoints")) || (Directory.Exists(path) && StepsIn(path).Count > 0));

    /// <summary>The newest checkpoint of a run, whether or not it is in use; null when there is none.</summary>
    public static string? NewestCheckpoint(string path) => CheckpointsOf(path) is { Count: > 0 } found ? found[0] : null;

    /// <summary>The newest checkpoint of a run as a model; null when there is none.</summary>
    /// <exception cref="RunException">Files of it are missing or have other bytes than were written; names them, and the checkpoint before it.</exception>
    public static string? NewestModel(string path)
    {
        var found = CheckpointsOf(path);
        if (found.Count == 0) return null;
        try
        {
            FolderChecksums.Check(found[0], ChecksumFile, file => !file.StartsWith("training/", StringComparison.Ordinal));
            return found[0];
        }
        catch (CheckpointException exception)
        {
            throw new RunException(exception.Message + (found.Count > 1 ? $"\nThe checkpoint before it is {found[1]}." : ""), exception);
        }
    }

    private static List<string> CheckpointsOf(string path)
    {
        var folder = Path.Combine(path, "checkpoints");
        if (!Directory.Exists(folder)) folder = path;
        return [.. StepsIn(folder).Select(step => Path.Combine(folder, Name(step)))];
    }

    /// <summary>Whether checkpoints were set aside as damaged.</summary>
    internal bool HasDamaged => Directory.EnumerateDirectories(Checkpoints, Damaged + Prefix + "*").Any();

    /// <summary>Compares a checkpoint's files with the list of their SHA-256.</summary>
    /// <exception cref="CheckpointException">The list or a file is missing, or holds other bytes than were written.</exception>
    internal void Check(long step) => FolderChecksums.Check(Checkpoint(step), ChecksumFile);

    /// <summary>Steps of the checkpoints, newest first. Those set aside as damaged are not among them.</summary>
    public IReadOnlyList<long> Steps() => StepsIn(Checkpoints);

    private static IReadOnlyList<long> StepsIn(string folder) =>
    [
        .. Directory.EnumerateDirectories(folder, Prefix + "*").Select(found => Path.GetFileName(found)!)
            .Where(name => long.TryParse(name[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var step) && name == Name(step))
            .Select(name => long.Parse(name[Prefix.Length..], CultureInfo.InvariantCulture)).OrderDescending(),
    ];

    /// <summary>The folder of a step's checkpoint.</summary>
    public string Checkpoint(long step) => Path.Combine(Checkpoints, Name(step));

    /// <summary>
    /// Writes a checkpoint so that it appears under its name only when it is whole and on disk; then removes others, so that this one and
    /// the newest of the others are <paramref name="keep"/> together; the best one stays besides.
    /// </summary>
    /// <exception cref="IOException">The checkpoint could not be written; those that are there are untouched.</exception>
    public string Save(long step, int keep, Action<string> write)
    {
        var final = Checkpoint(step);
        AtomicFolder.Write(final, folder =>
        {
            write(folder);
            FolderChecksums.Write(folder, ChecksumFile);
        });
        foreach (var old in Steps().Where(other => other != step && other != Best?.Step && !_kept.Contains(other)).Skip(Math.Max(1, keep) - 1)) Prune(old);
        return final;
    }

    /// <summary>Receives what the user should know; the caller of <see cref="Open"/> decides where it is shown.</summary>
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

    /// <summary>Adds a step to metrics.jsonl and the events for TensorBoard; what cannot be written is warned about once.</summary>
    public void Log(StepReport step) => _metrics.Add(step);

    /// <summary>Says in metrics.jsonl that the run goes on from a step: lines before it that name later steps belong to what was lost.</summary>
    internal void LogResumed(long step) => _metrics.AddLine(
        Path.Combine(Location, "metrics.jsonl"), $"{{\"resumed\":{step}}}");

    /// <summary>The step of which a measurement was best, with its figure (lower is better); null before the first measurement.</summary>
    public BestCheckpoint? Best { get; private set; }

    // what best.json names must be there; else the measurements tell, or all that may be the best stays
    private BestCheckpoint? FindBest()
    {
        var (best, steps) = (BestCheckpoint.Read(Location, out var damage), Steps());
        if (best is not null && steps.Contains(best.Step)) return best;
        if (best is not null) damage = $"the checkpoint that it names, after {best.Step} steps, is not there any more";
        var found = BestCheckpoint.Measured(Measurements, steps);
        if (damage is null && found is null) return null;
        var problem = $"{Path.Combine(Location, BestCheckpoint.FileName)}: {damage ?? "it is missing"}. ";
        if (found is not null)
        {
            Warn($"{problem}By {Path.GetFileName(Measurements)} the best checkpoint that is there is the one after {found.Step} steps; it stays.");
        }
        else if (steps.Count > 0)
        {
            _kept = steps;
            Warn($"{problem}It cannot be told which checkpoint is the best: those that are there now (after {string.Join(", ", steps)} steps) stay while this command runs.");
        }
        else Warn(problem.TrimEnd());
        return found;
    }

    /// <summary>Records a checkpoint as the best, so that it stays. When that cannot be written, the best is what it was, with a warning.</summary>
    internal void NoteBest(long step, double figure)
    {
        var best = new BestCheckpoint(step, figure);
        try
        {
            best.Write(Location);
            Best = best;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Warn($"That the checkpoint after {step} steps is the best cannot be written down, training goes on: {exception.Message}");
        }
    }

    /// <summary>The step of the last checkpoint that was measured; 0 when none was, or it cannot be read.</summary>
    internal long Measured => LastMeasured.Read(Location);

    /// <summary>Records that a checkpoint was measured, so that one that was not is made up for when the run goes on.</summary>
    internal void NoteMeasured(long step)
    {
        try
        {
            LastMeasured.Write(Location, step);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Warn($"That the checkpoint after {step} steps was measured cannot be written down, training goes on: {exception.Message}");
        }
    }

    private string Measurements => Path.Combine(Location, "validation.jsonl");

    /// <summary>Where the steps that were skipped are listed, with their samples.</summary>
    public string SkippedSteps => Path.Combine(Location, "skipped-steps.jsonl");

    internal void NoteSkippedStep(string line) => _metrics.AddLine(SkippedSteps, line);

    /// <summary>Keeps the recipe, so that the run can go on from its folder alone.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Keep(RunRecipe recipe) => recipe.Write(Location);

    /// <summary>Adds a sample that was left out while training to <see cref="Skipped"/>.</summary>
    public void NoteSkipped(SkippedSample sample) => _metrics.AddLine(Skipped, SkippedClips.Line(sample));

    /// <summary>Adds a measurement to validation.jsonl and the events for TensorBoard.</summary>
    public void LogMeasured(long step, IReadOnlyList<(string Name, double Value)> figures) => _metrics.AddMeasured(step, figures);

    /// <summary>Where the report on clips that were left out lies.</summary>
    public string Skipped => Path.Combine(Location, "skipped.jsonl");

    /// <summary>
    /// Frees the folder for others. What <see cref="Open"/> made goes again if nothing was saved or logged in it. What cannot be tidied up
    /// is a warning: it must neither hide the error that led here nor make a finished run a failed one.
    /// </summary>
    public void Dispose()
    {
        try
        {
            _metrics.Dispose();
            TidyUp(_made.Count > 0 && Directory.Exists(Checkpoints) && Steps().Count == 0 && !Path.Exists(Path.Combine(Location, "metrics.jsonl")));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _lock?.Release(delete: false);
            Warn($"{Location} cannot be tidied up: {exception.Message}");
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

    // the folders of a path that are not there, the innermost first
    private static List<string> Missing(string path)
    {
        var missing = new List<string>();
        for (var folder = path; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder)) missing.Add(folder);
        return missing;
    }

    /// <summary>Tells the user; when even that fails, training goes on.</summary>
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

    /// <summary>Renames a damaged checkpoint, so that it neither counts as one nor is removed; returns its new path.</summary>
    internal string SetAside(long step)
    {
        var aside = Path.Combine(Checkpoints, Damaged + Name(step));
        var free = aside;
        for (var number = 2; Path.Exists(free); number++) free = $"{aside}-{number.ToString(CultureInfo.InvariantCulture)}";
        Directory.Move(Checkpoint(step), free);
        if (Best?.Step == step) Best = FindBest();
        return free;
    }

    private static string Name(long step) => Prefix + step.ToString("D8", CultureInfo.InvariantCulture);

    private void Prune(long step)
    {
        try
        {
            AtomicFolder.Remove(Checkpoint(step));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Warn($"The checkpoint after {step} steps cannot be removed: {exception.Message}");
        }
    }
}
