namespace Qwen2Audio.Formats.Files;

/// <summary>
/// Writes files that are either complete or absent: into a temporary file of the same folder whose room is reserved first (a full disk
/// fails at once), flushed to the disk, renamed over the final name, and the folder's entry flushed too. Whatever fails, the old file
/// stays as it was and nothing is left behind; only a killed process leaves a temporary file, for <see cref="RemoveLeftovers"/>.
/// </summary>
public static class AtomicFile
{
    /// <summary>The <see cref="Exception.HResult"/> of a full disk: ENOSPC, with or without room reserved before.</summary>
    public const int FullDisk = 28;

    private const string Ending = ".partial";

    /// <summary>Writes exactly <paramref name="length"/> bytes, which <paramref name="content"/> puts into the stream.</summary>
    /// <param name="path">The final name; its folder must exist.</param>
    /// <param name="length">The number of bytes to come.</param>
    /// <param name="content">Writes them, in order.</param>
    /// <exception cref="IOException">The disk is full (<see cref="FullDisk"/>), the folder is missing or cannot be written, or another I/O error.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    /// <exception cref="InvalidOperationException">The content is longer or shorter than it was declared.</exception>
    public static void Write(string path, long length, Action<Stream> content)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full) ?? throw new IOException($"{path} names no file.");
        if (Directory.Exists(full)) throw new IOException($"{path} is a folder.");
        var temporary = Path.Combine(folder, TemporaryName(Path.GetFileName(full)));
        try
        {
            using (var file = Disk.Create(temporary, length, path))
            {
                using (var counted = new CountedStream(file, length)) content(counted);
                if (file.Length != length) throw new InvalidOperationException($"{path}: {file.Length} bytes were written, {length} declared.");
                Disk.Flush(file);
            }

            Disk.Rename(temporary, full);
        }
        catch
        {
            Remove(temporary);
            throw;
        }

        Disk.FlushFolder(folder);
    }

    /// <summary>Writes bytes that lie in memory. Errors are those of the other overload.</summary>
    public static void Write(string path, ReadOnlyMemory<byte> bytes) => Write(path, bytes.Length, stream => stream.Write(bytes.Span));

    /// <summary>
    /// Deletes temporary files that killed processes left in a folder. Call it only when nobody else writes there, as after taking the
    /// folder's lock. Returns how many there were.
    /// </summary>
    public static int RemoveLeftovers(string folder)
    {
        var count = 0;
        foreach (var file in Directory.EnumerateFiles(folder, ".*" + Ending))
        {
            File.Delete(file);
            count++;
        }
        return count;
    }

    // File names end at 255 bytes: a long name is left out of the temporary one.
    private static string TemporaryName(string name) =>
        $".{(name.Length <= 60 ? name : name[..20])}.{Guid.NewGuid():N}{Ending}";

    private static void Remove(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here says more than this one.
        }
    }
}
