using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Checkpoints;

/// <summary>The checkpoints of a training run, <c>checkpoints/step-N/</c>: each is a model, with the SHA-256 of its files.</summary>
public static class RunCheckpoints
{
    /// <summary>The list of a checkpoint's files and their SHA-256, written last.</summary>
    public const string ChecksumFile = "SHA256SUMS";

    private const string Prefix = "step-";

    /// <summary>Whether a folder is a training run (or its folder of checkpoints) rather than a model.</summary>
    public static bool IsRun(string path) =>
        !File.Exists(Path.Combine(path, "config.json"))
        && (Directory.Exists(Path.Combine(path, "checkpoints")) || Find(path).Count > 0);

    /// <summary>The checkpoints of a run, or of its folder of checkpoints, newest first, whether or not the run is in use.</summary>
    public static IReadOnlyList<string> Find(string path)
    {
        var folder = Path.Combine(path, "checkpoints");
        if (!Directory.Exists(folder)) folder = path;
        return Directory.Exists(folder) ? [.. Steps(folder).Select(step => Path.Combine(folder, Name(step)))] : [];
    }

    /// <summary>The newest checkpoint of a run.</summary>
    /// <exception cref="CheckpointException">The run has none, or files of the newest are missing or have changed; names them, and the checkpoint before it.</exception>
    public static string Newest(string path)
    {
        var found = Find(path);
        if (found.Count == 0)
            throw new CheckpointException(path, "checkpoints", "a training run that has no checkpoint yet", "a run with one; the first is saved after its recipe's save_every steps");
        try
        {
            FolderChecksums.Check(found[0], ChecksumFile, file => !file.StartsWith("training/", StringComparison.Ordinal));
            return found[0];
        }
        catch (CheckpointException exception)
        {
            throw new CheckpointException(path, "newest checkpoint", exception.Message,
                $"files as they were written{(found.Count > 1 ? $"; the checkpoint before it is {found[1]}" : "")}", exception);
        }
    }

    /// <summary>Steps of the checkpoints in a folder, newest first.</summary>
    public static IReadOnlyList<long> Steps(string folder) =>
    [
        .. Directory.EnumerateDirectories(folder, Prefix + "*").Select(found => Path.GetFileName(found)!)
            .Where(name => long.TryParse(name[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var step) && name == Name(step))
            .Select(name => long.Parse(name[Prefix.Length..], CultureInfo.InvariantCulture)).OrderDescending(),
    ];

    /// <summary>The name of a step's checkpoint.</summary>
    public static string Name(long step) => Prefix + step.ToString("D8", CultureInfo.InvariantCulture);
}
