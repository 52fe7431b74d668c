using Qwen2Audio.Hub.Download;

namespace Qwen2Audio.Hub.Cache;

/// <summary>Allows one download of a repository at a time across all processes on the machine.</summary>
internal static class RepositoryLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    /// <summary>Waits for the lock; dispose the result to release it. It is also released when the process ends.</summary>
    public static async Task<IDisposable> AcquireAsync(string file, Action<DownloadEvent> report, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        for (var told = false; ; told = true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (IsHeld(exception))
            {
                if (!told) report(new DownloadWaiting(file));
            }

            await Task.Delay(Pause, cancellation);
        }
    }

    // EWOULDBLOCK of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows
    private static bool IsHeld(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);
}
