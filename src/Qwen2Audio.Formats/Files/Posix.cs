using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Qwen2Audio.Formats.Files;

/// <summary>The calls that .NET does not offer: making a folder's entries durable, a folder's lock, and exchanging two names in one step. Linux only.</summary>
internal static class Posix
{
    private const int CurrentFolder = -100;    // AT_FDCWD
    private const int CloseOnExec = 0x80000;   // O_RDONLY | O_CLOEXEC
    private const uint ExchangeNames = 2;      // RENAME_EXCHANGE
    private const int LockNow = 2 | 4;         // LOCK_EX | LOCK_NB
    private const int WouldBlock = 11;         // EWOULDBLOCK
    private const int HugePages = 14;          // MADV_HUGEPAGE

    /// <summary>Asks the kernel to write the folder's entries to the disk. False where the system or the file system does not offer it.</summary>
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
    /// Takes a folder's lock for as long as the returned handle is open; a process that ends gives it back. Null: another one has it
    /// (<paramref name="isHeld"/>), or the system or the file system has no such locks.
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
    /// Gives each of two paths what the other names, in one step. False, with nothing changed, where the system or the file system does not
    /// offer it, or one of the paths is not there.
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
    /// Asks the kernel to read a mapping in huge pages where it can: gigabytes in small pages cost more in finding addresses than in
    /// reading. False where the system does not offer it.
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

#pragma warning disable SYSLIB1054 // the generated form needs unsafe code, which this project does without
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
