using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Qwen2Audio.Formats.Files;

/// <summary>System calls that .NET does not offer: flushing a folder's entries, locking a folder, exchanging two names in one step. Linux only.</summary>
internal static class Posix
{
    private const int CurrentFolder = -100;    // AT_FDCWD
    private const int CloseOnExec = 0x80000;   // O_RDONLY | O_CLOEXEC
    private const uint ExchangeNames = 2;      // RENAME_EXCHANGE
    private const int LockNow = 2 | 4;         // LOCK_EX | LOCK_NB
    private const int WouldBlock = 11;         // EWOULDBLOCK
    private const int HugePages = 14;          // MADV_HUGEPAGE

    /// <summary>Writes the folder's entries to the disk. False if the system or the file system does not support it.</summary>
    public static bool SynchroniseFolder(string folder)
    {
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            var descriptor = open(Terminated(folder), CloseOnExec);
            if (descriptor < 0) return false;
            var result = fsync(descriptor);
            _ = close(descriptor);
            return result == 0;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    /// <summary>
    /// Locks a folder while the returned handle is open; a process that ends releases it. Null if another process has the lock
    /// (<paramref name="isHeld"/>), or if the system or file system does not support such locks.
    /// </summary>
    public static SafeFileHandle? LockFolder(string folder, out bool isHeld)
    {
        isHeld = false;
        if (!OperatingSystem.IsLinux()) return null;
        try
        {
            var descriptor = open(Terminated(folder), CloseOnExec);
            if (descriptor < 0) return null;
            var handle = new SafeFileHandle(descriptor, ownsHandle: true);
            if (flock(descriptor, LockNow) == 0) return handle;
            isHeld = Marshal.GetLastPInvokeError() == WouldBlock;
            handle.Dispose();
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// Exchanges two paths in one step. Returns false and changes nothing if the system or file system does not support it, or if one of the
    /// paths does not exist.
    /// </summary>
    public static bool Exchange(string one, string other)
    {
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            return renameat2(CurrentFolder, Terminated(one), CurrentFolder, Terminated(other), ExchangeNames) == 0;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    /// <summary>
    /// Asks the kernel to use huge pages for a mapping: with small pages, address translation of gigabytes costs more than reading them. False
    /// if the system does not support it.
    /// </summary>
    public static bool AdviseHugePages(nint address, long length)
    {
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            return madvise(address, (nuint)length, HugePages) == 0;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    private static byte[] Terminated(string path) => Encoding.UTF8.GetBytes(path + '\0');

#pragma warning disable SYSLIB1054 // the source generator needs unsafe code, which this project avoids
    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int open(byte[] path, int flags);

    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int madvise(nint address, nuint length, int advice);

    [DllImport("libc", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int flock(int descriptor, int operation);

    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fsync(int descriptor);

    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int close(int descriptor);

    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int renameat2(int oldFolder, byte[] oldPath, int newFolder, byte[] newPath, uint flags);
#pragma warning restore SYSLIB1054
}
