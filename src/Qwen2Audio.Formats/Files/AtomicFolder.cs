namespace Qwen2Audio.Formats.Files;

/// <summary>
/// Writes folders that are either complete or absent: into a temporary folder next to the final one, renamed when all files are on the
/// disk. An existing folder is exchanged with the new one in one step where the system supports it (Linux); elsewhere it is moved aside
/// first. <see cref="RemoveLeftovers"/> cleans up after killed processes.
/// </summary>
public static class AtomicFolder
{
    private const string Ending = ".partial";
    private const string Aside = ".old";
    private const int IdLength = 33; // a dot and the 32 digits of a Guid

    /// <summary>
    /// Creates a folder. <paramref name="write"/> writes its files (with <see cref="AtomicFile"/>) into the path that it is given. An existing
    /// folder of that name is replaced.
    /// </summary>
    /// <exception cref="IOException">
    /// The disk is full, the parent cannot be written, or another I/O error; the old folder is unchanged and nothing else is left behind.
    /// </exception>
    public static void Write(string path, Action<string> write) => Write(path, write, Posix.Exchange);

    /// <summary>Removes a folder as a whole: a killed process leaves all of it, or a leftover that <see cref="RemoveLeftovers"/> removes.</summary>
    /// <exception cref="IOException">The folder does not exist or cannot be removed.</exception>
    public static void Remove(string path)
    {
        var full = Path.GetFullPath(path);
        var temporary = TemporaryName(full);
        Directory.Move(full, temporary);
        Disk.FlushFolder(Path.GetDirectoryName(full)!);
        Disk.RemoveFolder(temporary);
    }

    /// <summary>
    /// Deletes temporary folders that killed processes left, and gives a folder that was moved aside its name back if nothing has replaced
    /// it. Call it only while no other process writes there. Returns the number of leftovers.
    /// </summary>
    public static int RemoveLeftovers(string parent)
    {
        var count = 0;
        foreach (var folder in Directory.GetDirectories(parent, ".*" + Ending + Aside))
        {
            count++;
            var final = FinalName(parent, Path.GetFileName(folder)[..^(Ending + Aside).Length]);
            if (final is null || Path.Exists(final)) Directory.Delete(folder, recursive: true);
            else Directory.Move(folder, final);
        }

        foreach (var folder in Directory.GetDirectories(parent, ".*" + Ending))
        {
            count++;
            Directory.Delete(folder, recursive: true);
        }

        if (count > 0) Disk.FlushFolder(parent);
        return count;
    }

    /// <summary>
    /// Deletes temporary folders next to a path that killed processes left. Folders still being written are recognised by their lock and stay;
    /// where locks are not supported, all stay and are listed.
    /// </summary>
    public static IReadOnlyList<FolderLeftover> ClearAbandoned(string path)
    {
        var found = new List<FolderLeftover>();
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is not { } parent || !Directory.Exists(parent)) return found;
        foreach (var folder in Directory.GetDirectories(parent, ".*" + Ending).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(folder)[..^Ending.Length];
            if (FinalName(parent, name) is null || !name[^(IdLength - 1)..].All(char.IsAsciiHexDigitLower)) continue;
            using var ours = Posix.LockFolder(folder, out var isHeld);
            if (isHeld) continue;
            var bytes = new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
            if (ours is not null) Delete(folder);
            found.Add(new FolderLeftover(folder, bytes, !Directory.Exists(folder)));
        }

        return found;
    }

    /// <summary>As the public method; <paramref name="exchange"/> swaps the names of two folders in one step, or returns false.</summary>
    internal static void Write(string path, Action<string> write, Func<string, string, bool> exchange)
    {
        var full = Path.GetFullPath(path);
        var parent = Path.GetDirectoryName(full) ?? throw new IOException($"{path} names no folder.");
        var temporary = TemporaryName(full);
        var replaced = temporary + Aside;
        Directory.CreateDirectory(temporary);
        using var working = Posix.LockFolder(temporary, out _);
        try
        {
            write(temporary);
            Disk.FlushFolder(temporary);
            if (!Directory.Exists(full)) Directory.Move(temporary, full);
            else if (exchange(temporary, full)) replaced = temporary;
            else Replace(full, temporary, replaced);
        }
        catch
        {
            Delete(temporary);
            throw;
        }

        Disk.Tell(DiskStep.Renamed, full);
        Disk.FlushFolder(parent);
        Delete(replaced);
    }

    private static void Replace(string full, string temporary, string replaced)
    {
        Directory.Move(full, replaced);
        try
        {
            Disk.Tell(DiskStep.MovedAside, replaced);
            Directory.Move(temporary, full);
        }
        catch
        {
            Directory.Move(replaced, full);
            throw;
        }
    }

    private static string TemporaryName(string full) =>
        Path.Combine(Path.GetDirectoryName(full) ?? "", $".{Path.GetFileName(full)}.{Guid.NewGuid():N}{Ending}");

    /// <summary>The final name that a temporary name was made from; null for a name that was not made here.</summary>
    private static string? FinalName(string parent, string name) =>
        name.Length > IdLength + 1 && name[^IdLength] == '.' ? Path.Combine(parent, name[1..^IdLength]) : null;

    // A folder that cannot be deleted now is left over: it must not hide the original error, nor the success of the new folder.
    private static void Delete(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Disk.RemoveFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
