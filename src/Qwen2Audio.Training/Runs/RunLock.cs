using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Training.Runs;

/// <summary>
/// The file <c>lock</c> of a run: held by one process at a time, and released by the system when that process ends for any reason. The
/// file <c>holder</c> names the process, since a locked file cannot be read.
/// </summary>
internal sealed class RunLock
{
    private readonly FileStream _file;
    private readonly string _holder;

    private RunLock(FileStream file, string holder) => (_file, _holder) = (file, holder);

    /// <summary>Takes the lock and records process and machine.</summary>
    /// <exception cref="RunException">Another process holds it (names process and machine), or the file cannot be locked.</exception>
    public static RunLock Take(string run)
    {
        var holder = Path.Combine(run, "holder");
        FileStream file;
        try
        {
            file = new FileStream(Path.Combine(run, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new RunException(IsHeld(exception) ? $"{run} is in use by another training run{Name(holder)}."
                : $"{run} cannot be locked: {exception.Message}", exception);
        }

        try
        {
            AtomicFile.Write(holder, Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}\n")));
            return new RunLock(file, holder);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Releases the run, even if its folder is gone or not writable.</summary>
    public void Release(bool delete)
    {
        Remove(_holder);
        if (delete) Remove(_file.Name);
        _file.Dispose();
    }

    // a remaining holder file is only a name: the system holds the lock itself
    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    // EWOULDBLOCK on Linux and macOS, ERROR_SHARING_VIOLATION on Windows
    private static bool IsHeld(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static string Name(string holder)
    {
        try
        {
            return PlainFile.ReadAllText(holder).Trim() is { Length: > 0 and < 200 } name ? $" ({name})" : "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
