namespace Qwen2Audio.Formats;

/// <summary>Points at which a crash is simulated in tests, in the order in which they are passed.</summary>
public enum AtomicFileStep
{
    /// <summary>The temporary file exists, with its room reserved on the disk.</summary>
    Created,
    /// <summary>Half of the bytes are written.</summary>
    HalfWritten,
    /// <summary>All bytes are on the disk, under the temporary name.</summary>
    Flushed,
    /// <summary>The file has its final name; the folder's entry may not be on the disk yet.</summary>
    Renamed,
}

/// <summary>
/// Writes files that are either complete or absent: into a temporary file of the same folder whose room is reserved first (a full disk
/// fails at once), flushed to the disk, renamed over the final name, and the folder's entry flushed too. Whatever fails, the old file
/// stays as it was and nothing is left behind; only a killed process leaves a temporary file, for <see cref="RemoveLeftovers"/>.
/// </summary>
public static class AtomicFile
{
    /// <summary>The <see cref="Exception.HResult"/> of a full disk: ENOSPC, with or without room reserved before.</summary>
    public const int FullDisk = 28;

    private const int AnyIOError = unchecked((int)0x80131620);
    private const string Ending = ".partial";

    /// <summary>Writes exactly <paramref name="length"/> bytes, which <paramref name="content"/> puts into the stream.</summary>
    /// <param name="path">The final name; its folder must exist.</param>
    /// <param name="length">The number of bytes to come.</param>
    /// <param name="content">Writes them, in order.</param>
    /// <param name="onStep">Called at each step, for tests of what a crash leaves.</param>
    /// <exception cref="IOException">The disk is full (<see cref="FullDisk"/>), the folder is missing or cannot be written, or another I/O error.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    /// <exception cref="InvalidOperationException">The content is longer or shorter than it was declared.</exception>
    public static void Write(string path, long length, Action<Stream> content, Action<AtomicFileStep>? onStep = null)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full) ?? throw new IOException($"{path} names no file.");
        if (Directory.Exists(full)) throw new IOException($"{path} is a folder.");
        var temporary = Path.Combine(folder, TemporaryName(Path.GetFileName(full)));
        try
        {
            using (var file = Create(temporary, length, folder))
            {
                onStep?.Invoke(AtomicFileStep.Created);
                using (var counted = new CountedStream(file, length, onStep)) content(counted);
                if (file.Length != length) throw new InvalidOperationException($"{path}: {file.Length} bytes were written, {length} declared.");
                file.Flush(flushToDisk: true);
            }
            onStep?.Invoke(AtomicFileStep.Flushed);
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            Remove(temporary);
            throw;
        }
        onStep?.Invoke(AtomicFileStep.Renamed);
        Posix.SynchroniseFolder(folder);
    }

    /// <summary>Writes bytes that lie in memory. Errors are those of the other overload.</summary>
    public static void Write(string path, ReadOnlyMemory<byte> bytes, Action<AtomicFileStep>? onStep = null) =>
        Write(path, bytes.Length, stream => stream.Write(bytes.Span), onStep);

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

    // Of a disk without so much room .NET says no error number, by which callers know that waiting may help.
    private static FileStream Create(string path, long length, string folder)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                PreallocationSize = length,
                BufferSize = 0,
            });
        }
        catch (IOException exception) when (exception.HResult == AnyIOError && new DriveInfo(folder).AvailableFreeSpace < length)
        {
            throw new IOException(exception.Message, FullDisk);
        }
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
