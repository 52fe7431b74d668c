using System.Globalization;
using Qwen2Audio.Formats;

namespace Qwen2Audio.Training.Runs;

/// <summary>
/// A folder that one training run owns: <c>checkpoints/step-N/</c>, each complete or absent, and <c>metrics.jsonl</c>. Nothing in it
/// is deleted except checkpoints beyond the newest <c>keep</c>, after a newer one is on disk.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private const string Prefix = "step-";
    private readonly FileStream _lock;

    private readonly IReadOnlyList<string> _made;

    private RunFolder(string path, FileStream lockFile, IReadOnlyList<string> made)
    {
        Location = path;
        _lock = lockFile;
        _made = made;
    }

    /// <summary>Full path.</summary>
    public string Location { get; }

    private string Checkpoints => Path.Combine(Location, "checkpoints");

    /// <summary>Opens or creates a run folder; a folder with other content, or one in use by another run, is refused.</summary>
    /// <exception cref="RunException">The folder is not empty and no run, or another process trains in it.</exception>
    public static RunFolder Open(string path)
    {
        path = Path.GetFullPath(path);
        if (File.Exists(path)) throw new RunException($"{path} is a file; a run needs a folder.");
        var known = File.Exists(Path.Combine(path, "lock")) || Directory.Exists(Path.Combine(path, "checkpoints"));
        if (Directory.Exists(path) && !known && Directory.EnumerateFileSystemEntries(path).Any())
            throw new RunException($"{path} is not empty and no training run. Name an empty or new folder; nothing in it was touched.");
        var made = Missing(Path.Combine(path, "checkpoints"));
        Directory.CreateDirectory(Path.Combine(path, "checkpoints"));
        try
        {
            var file = new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            AtomicFolder.RemoveLeftovers(Path.Combine(path, "checkpoints"));
            return new RunFolder(path, file, made);
        }
        catch (IOException exception)
        {
            throw new RunException($"{path} is in use by another training run.", exception);
        }
    }

    /// <summary>Whether a folder is a training run (or its folder of checkpoints) and not a model.</summary>
    public static bool IsRun(string path) =>
        !File.Exists(Path.Combine(path, "config.json"))
        && (Directory.Exists(Path.Combine(path, "checkpoints")) || (Directory.Exists(path) && StepsIn(path).Count > 0));

    /// <summary>The newest checkpoint of a run, whether or not it is in use; null when there is none.</summary>
    public static string? NewestCheckpoint(string path)
    {
        var folder = Path.Combine(path, "checkpoints");
        if (!Directory.Exists(folder)) folder = path;
        return StepsIn(folder) is { Count: > 0 } steps ? Path.Combine(folder, Name(steps[0])) : null;
    }

    /// <summary>Steps of the complete checkpoints, newest first.</summary>
    public IReadOnlyList<long> Steps() => StepsIn(Checkpoints);

    private static IReadOnlyList<long> StepsIn(string folder) =>
    [
        .. Directory.EnumerateDirectories(folder, Prefix + "*").Select(folder => Path.GetFileName(folder)![Prefix.Length..])
            .Where(name => long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(name => long.Parse(name, CultureInfo.InvariantCulture)).OrderDescending(),
    ];

    /// <summary>The folder of a step's checkpoint.</summary>
    public string Checkpoint(long step) => Path.Combine(Checkpoints, Name(step));

    private static string Name(long step) => Prefix + step.ToString("D8", CultureInfo.InvariantCulture);

    /// <summary>
    /// Writes a checkpoint so that it appears under its name only when it is whole and on disk; then removes those beyond the newest
    /// <paramref name="keep"/>.
    /// </summary>
    public string Save(long step, int keep, Action<string> write)
    {
        var final = Checkpoint(step);
        AtomicFolder.Write(final, write);
        foreach (var old in Steps().Skip(Math.Max(1, keep))) Directory.Delete(Checkpoint(old), recursive: true);
        return final;
    }

    /// <summary>Receives what the user should know; the caller of <see cref="Open"/> decides where it is shown.</summary>
    public Action<string>? Warning { get; set; }

    /// <summary>Adds a line to metrics.jsonl. Losing a line is harmless, so the file is appended to in place.</summary>
    public void Log(string line) => File.AppendAllText(Path.Combine(Location, "metrics.jsonl"), line + "\n");

    internal void Warn(string text) => Warning?.Invoke(text);

    /// <summary>Frees the folder for others. What <see cref="Open"/> made goes again if nothing was saved or logged in it.</summary>
    public void Dispose()
    {
        var unused = _made.Count > 0 && Directory.Exists(Checkpoints) && Steps().Count == 0 && !File.Exists(Path.Combine(Location, "metrics.jsonl"));
        if (unused) File.Delete(Path.Combine(Location, "lock"));
        _lock.Dispose();
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
}

/// <summary>A run that cannot start or go on, and why.</summary>
public sealed class RunException : Exception
{
    public RunException(string message)
        : base(message)
    {
    }

    public RunException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
