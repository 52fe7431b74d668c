using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Training.Runs;

/// <summary>
/// A folder of checkpoints, <c>step-N/</c>, each complete and with the SHA-256 of its files; damaged ones become <c>damaged-step-N/</c>.
/// </summary>
/// <param name="location">The folder.</param>
internal sealed class CheckpointFolders(string location)
{
    private const string Damaged = "damaged-";

    /// <summary>Whether checkpoints were renamed as damaged.</summary>
    public bool HasDamaged => Directory.EnumerateDirectories(location, Damaged + "*").Any();

    /// <summary>Steps of the checkpoints, newest first, without those renamed as damaged.</summary>
    public IReadOnlyList<long> Steps() => RunCheckpoints.Steps(location);

    /// <summary>The folder of a step's checkpoint.</summary>
    public string Of(long step) => Path.Combine(location, RunCheckpoints.Name(step));

    /// <summary>Checks the SHA-256 of a checkpoint's files.</summary>
    /// <exception cref="Formats.CheckpointException">The list or a file is missing, or a file has changed.</exception>
    public void Check(long step) => FolderChecksums.Check(Of(step), RunCheckpoints.ChecksumFile);

    /// <summary>Writes a checkpoint, which gets its name only once it is complete and on disk.</summary>
    /// <exception cref="IOException">It could not be written; existing ones are unchanged.</exception>
    public void Write(long step, Action<string> write) => AtomicFolder.Write(Of(step), folder =>
    {
        write(folder);
        FolderChecksums.Write(folder, RunCheckpoints.ChecksumFile);
    });

    /// <summary>Removes a checkpoint.</summary>
    public void Remove(long step) => AtomicFolder.Remove(Of(step));

    /// <summary>Renames a damaged checkpoint, which is then neither counted nor removed; returns its new path.</summary>
    public string SetAside(long step)
    {
        var aside = Path.Combine(location, Damaged + RunCheckpoints.Name(step));
        var free = aside;
        for (var number = 2; Path.Exists(free); number++) free = $"{aside}-{number.ToString(CultureInfo.InvariantCulture)}";
        Directory.Move(Of(step), free);
        return free;
    }
}
