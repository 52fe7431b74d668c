namespace Qwen2Audio.Formats.Files;

/// <summary>
/// Writes files that are either complete or absent: into a temporary file in the same folder, with its space reserved first (a full disk
/// fails at once), flushed to the disk and renamed to the final name; then the folder entry is flushed. On failure the old file is
/// unchanged and nothing is left behind. Only a killed process leaves a temporary file, for <see cref="RemoveLeftovers"/>.
/// </summary>
public static class AtomicFile
{
    /// <summary>The <see cref="Exception.HResult"/> of a full disk, ENOSPC, with or without reserved space.</summary>
    public const int FullDisk = 28;

    private const string Ending = ".partial";

    /// <summary>Writes exactly <paramref name="length"/> bytes, which <paramref name="content"/> writes to the stream.</summary>
    /// <param name="path">The final name; its folder must exist.</param>
    /// <param name="length">The number of bytes.</param>
    /// <param name="content">Writes them, in order.</param>
    /// <exception cref="IOException">The disk is full (<see cref="FullDisk"/>), the folder is missing or cannot be written, or another I/O error.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    /// <exception cref="InvalidOperationException">The content is longer or shorter than declared.</exception>
    public static void Write(string path, long length, Action<Stream> content) => Create(path, length, content);

    /// <summary>Writes what <paramref name="content"/> writes to the stream, which can seek: for content whose length is not known before. No space is reserved. Other errors are those of the other overload.</summary>
    public static void Write(string path, Action<Stream> content) => Create(path, null, content);

    /// <summary>Writes bytes from memory. Errors are those of the other overload.</summary>
    public static void Write(string path, ReadOnlyMemory<byte> bytes) => Write(path, bytes.Length, stream => stream.Write(bytes.Span));

    /// <summary>
    /// Deletes temporary files that killed processes left in a folder. Call it only while no other process writes there, for example while
    /// holding the folder's lock. Returns how many there were.
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

    /// <summary>
    /// Whether a file may be written under this name, to be asked before long work: its folder exists, and the name is free or that of a regular file.
    /// The name of a device or pipe is refused, since renaming would remove it.
    /// </summary>
    /// <exception cref="IOException">It may not; says why.</exception>
    public static void Require(string path)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full)) throw new IOException($"{path} is a folder.");
        if (Path.GetDirectoryName(full) is not { } folder) throw new IOException($"{path} names no file.");
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{path}: {folder} is no folder.");
        var found = FileKinds.Of(full) is { } kind and not FileKind.Plain ? FileKinds.Describe(kind)
            : new FileInfo(full).LinkTarget?.StartsWith("/proc/", StringComparison.Ordinal) == true ? "a link to an open file" : null; // /dev/stdout
        if (found is not null) throw new IOException($"{path}: found {found}; allowed: a new name, or that of a regular file.");
    }

    private static void Create(string path, long? length, Action<Stream> content)
    {
        Require(path);
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        var temporary = Path.Combine(folder, TemporaryName(Path.GetFileName(full)));
        try
        {
            using (var file = Disk.Create(temporary, length ?? 0, path))
            {
                if (length is null) content(file);
                else using (var counted = new CountedStream(file, length.Value)) content(counted);
                if (length is { } declared && file.Length != declared) throw new InvalidOperationException($"{path}: {file.Length} bytes were written, {declared} declared.");
                Disk.Flush(file);
            }

            Disk.Rename(temporary, full);
        }
        catch (Exception exception)
        {
            Remove(temporary);
            if (exception.Message.Contains(temporary, StringComparison.Ordinal))
            {
                var message = exception.Message.Replace(temporary, path, StringComparison.Ordinal); // nobody knows the temporary name
                if (exception is IOException) throw new IOException(message, exception.HResult);
                if (exception is UnauthorizedAccessException) throw new UnauthorizedAccessException(message, exception);
            }

            throw;
        }

        Disk.FlushFolder(folder);
    }

    // File names are limited to 255 bytes, so a long name is shortened in the temporary one.
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
            // The original error matters more than this one.
        }
    }
}
