namespace Qwen2Audio.Formats;

/// <summary>
/// Writes folders that are either complete or absent: into a temporary folder beside the final one, renamed when all files are on the
/// disk. A killed process leaves only the temporary folder, for <see cref="RemoveLeftovers"/>.
/// </summary>
public static class AtomicFolder
{
    private const string Ending = ".partial";

    /// <summary>
    /// Makes a folder whose files <paramref name="write"/> puts (with <see cref="AtomicFile"/>) into the path that it is handed. A
    /// folder of that name that is there already is replaced.
    /// </summary>
    /// <exception cref="IOException">The disk is full, the parent cannot be written, or another I/O error; nothing is left behind.</exception>
    public static void Write(string path, Action<string> write)
    {
        var full = Path.GetFullPath(path);
        var parent = Path.GetDirectoryName(full) ?? throw new IOException($"{path} names no folder.");
        var temporary = Path.Combine(parent, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}{Ending}");
        Directory.CreateDirectory(temporary);
        try
        {
            write(temporary);
            Posix.SynchroniseFolder(temporary);
            var replaced = temporary + ".old";
            if (Directory.Exists(full)) Directory.Move(full, replaced);
            Directory.Move(temporary, full);
            if (Directory.Exists(replaced)) Directory.Delete(replaced, recursive: true);
        }
        catch
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            throw;
        }

        Posix.SynchroniseFolder(parent);
    }

    /// <summary>Deletes temporary folders that killed processes left. Call it only while nobody else writes there.</summary>
    public static int RemoveLeftovers(string parent)
    {
        var count = 0;
        foreach (var folder in Directory.EnumerateDirectories(parent, ".*" + Ending + "*"))
        {
            Directory.Delete(folder, recursive: true);
            count++;
        }

        return count;
    }
}
