namespace Qwen2Audio.Formats.Files;

/// <summary>A completed step of writing to the disk.</summary>
internal enum DiskStep
{
    /// <summary>A temporary file exists, with its space reserved.</summary>
    Created,
    /// <summary>Half of a file's bytes are written.</summary>
    HalfWritten,
    /// <summary>A file's bytes are on the disk.</summary>
    Flushed,
    /// <summary>A folder that will be replaced was moved aside; only where the system cannot exchange two names.</summary>
    MovedAside,
    /// <summary>A file or folder has its final name, which may not be on the disk yet.</summary>
    Renamed,
    /// <summary>A folder's entries are on the disk; only where the system supports it.</summary>
    FolderFlushed,
    /// <summary>A folder was removed.</summary>
    Removed,
}

/// <summary>
/// The calls that make files and folders durable. Tests can watch them and their order, let one fail, or keep what a crash after it would
/// leave.
/// </summary>
internal static class Disk
{
    private const int AnyIOError = unchecked((int)0x80131620);
    private static readonly AsyncLocal<Action<DiskStep, string>?> Watcher = new();

    /// <summary>Whether there is a watcher.</summary>
    public static bool IsWatched => Watcher.Value is not null;

    /// <summary>Calls <paramref name="watcher"/> with each step and its path until the result is disposed; only for work of the caller's flow.</summary>
    public static IDisposable Watch(Action<DiskStep, string> watcher)
    {
        Watcher.Value = watcher;
        return new Watching();
    }

    /// <summary>Creates a file with reserved space; <paramref name="name"/> is its final name, for messages.</summary>
    /// <exception cref="IOException">The disk does not have the space (<see cref="AtomicFile.FullDisk"/>), or another I/O error.</exception>
    public static FileStream Create(string path, long room, string name)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.Read,
                PreallocationSize = room,
                BufferSize = 0,
            });
        }
        catch (IOException exception) when (exception.HResult == AnyIOError && new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace < room)
        {
            // .NET gives no error number here; callers need it to know that waiting may help.
            throw new IOException($"No space left on device for the {room} bytes of {name}.", AtomicFile.FullDisk);
        }

        try
        {
            Tell(DiskStep.Created, path);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Returns when a file's bytes are on the disk.</summary>
    public static void Flush(FileStream file)
    {
        file.Flush(flushToDisk: true);
        Tell(DiskStep.Flushed, file.Name);
    }

    /// <summary>Renames a file within its file system, replacing an existing one.</summary>
    public static void Rename(string file, string name)
    {
        File.Move(file, name, overwrite: true);
        Tell(DiskStep.Renamed, name);
    }

    /// <summary>Returns when a folder's entries are on the disk, where the system supports it.</summary>
    public static void FlushFolder(string folder)
    {
        if (Posix.SynchroniseFolder(folder)) Tell(DiskStep.FolderFlushed, folder);
    }

    /// <summary>Deletes a folder and everything in it.</summary>
    public static void RemoveFolder(string folder)
    {
        Directory.Delete(folder, recursive: true);
        Tell(DiskStep.Removed, folder);
    }

    /// <summary>Reports a completed step.</summary>
    public static void Tell(DiskStep step, string path) => Watcher.Value?.Invoke(step, path);

    private sealed class Watching : IDisposable
    {
        public void Dispose() => Watcher.Value = null;
    }
}
