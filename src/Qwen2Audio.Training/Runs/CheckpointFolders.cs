using System.Globalization;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Training.Runs;

/// <summary>
/// A folder of checkpoints, <c>step-N/</c>, each complete and with the SHA-256 of its files; damaged ones become <c>damaged-step-N/</c>.
/// </summary>
/// <param name="location">The folder.</param>
internal sealed class CheckpointFolders(string location)
{
    /// <summary>The list of a checkpoint's files and their SHA-256, written last.</summary>
    public const string ChecksumFile = "SHA256SUMS";

    private const string Prefix = "step-";
    private const string Damaged = "damaged-";

    /// <summary>Whether checkpoints were renamed as damaged.</summary>
    public bool HasDamaged => Directory.EnumerateDirectories(location, Damaged + Prefix + "*").Any();

    /// <summary>The checkpoints of a run, or of its folder of checkpoints, newest first.</summary>
    public static List<string> Find(string path)
    {
        var folder = Path.Combine(path, "checkpoints");
        if (!Directory.Exists(folder)) folder = path;
        var found = new CheckpointFolders(folder);
        return Directory.Exists(folder) ? [.. found.Steps().Select(found.Of)] : [];
    }

    /// <summary>Steps of the checkpoints, newest first, without those renamed as damaged.</summary>
    public IReadOnlyList<long> Steps() =>
    [
        .. Directory.EnumerateDirectories(location, Prefix + "*").Select(found => Path.GetFileName(found)!)
            .Where(name => long.TryParse(name[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var step) && name == Name(step))
            .Select(name => long.Parse(name[Prefix.Length..], CultureInfo.InvariantCulture)).OrderDescending(),
    ];

    /// <summary>The folder of a step's checkpoint.</summary>
    public string Of(long step) => Path.Combine(location, Name(step));

    /// <summary>Checks the SHA-256 of a checkpoint's files.</summary>
    /// <exception cref="Formats.CheckpointException">The list or a file is missing, or a file has changed.</exception>
    public void Check(long step) => FolderChecksums.Check(Of(step), ChecksumFile);

    /// <summary>Writes a checkpoint, which gets its name only once it is complete and on disk.</summary>
    /// <exception cref="IOException">It could not be written; existing ones are unchanged.</exception>
    public void Write(long step, Action<string> write) => AtomicFolder.Write(Of(step), folder =>
    {
        write(folder);
        FolderChecksums.Write(folder, ChecksumFile);
    });

    /// <summary>Removes a checkpoint.</summary>
    public void Remove(long step) => AtomicFolder.Remove(Of(step));

    /// <summary>Renames a damaged checkpoint, which is then neither counted nor removed; returns its new path.</summary>
    public string SetAside(long step)
    {
        var aside = Path.Combine(location, Damaged + Name(step));
        var free = aside;
        for (var number = 2; Path.Exists(free); number++) free = $"{aside}-{number.ToString(CultureInfo.InvariantCulture)}";
        Directory.Move(Of(step), free);
        return free;
    }

    private static string Name(long step) => Prefix + step.ToString("D8", CultureInfo.InvariantCulture);
}
