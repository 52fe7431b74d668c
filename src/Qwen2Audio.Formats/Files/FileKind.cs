using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Qwen2Audio;

internal enum FileKind { Plain, Folder, Pipe, Device, Socket, Other }

/// <summary>
/// The kind of file that a path names, which .NET does not report: opening a named pipe without a writer would block forever. Text and
/// Audio, which do not reference Formats, compile this file too. Linux only.
/// </summary>
internal static class FileKinds
{
    private const int CurrentFolder = -100;    // AT_FDCWD
    private const uint TypeMask = 1;           // STATX_TYPE
    private const int ModeOffset = 28;         // stx_mode; the layout of struct statx is the same on every architecture
    private const int CloseOnExec = 0x80000;   // O_CLOEXEC
    private static readonly string[] OpenAlready = ["/dev/stdin", "/dev/fd/", "/proc/self/fd/"];

    /// <summary>
    /// What kind of file a path names, in words ("a named pipe"), if it must not be opened for reading. Null for regular files, for paths that
    /// do not exist or cannot be examined, and for pipes that this process already has open (/dev/stdin, /dev/fd/N).
    /// </summary>
    public static string? Refused(string path) => Of(path) switch
    {
        _ when Descriptor(path) is { } descriptor && IsClosed(descriptor) => "a closed file descriptor",
        null or FileKind.Plain => null,
        FileKind.Pipe when Array.Exists(OpenAlready, start => path.StartsWith(start, StringComparison.Ordinal)) => null,
        { } kind => Describe(kind),
    };

    public static string Describe(FileKind kind) => kind switch
    {
        FileKind.Plain => "a regular file",
        FileKind.Pipe => "a named pipe",
        FileKind.Device => "a device",
        FileKind.Socket => "a socket",
        FileKind.Folder => "a folder",
        _ => "something that is not a regular file",
    };

    /// <summary>
    /// Whether the process was started without this file descriptor. The runtime's own files then take its number (for standard input even a
    /// pipe), so that reading would block forever and written data would be lost. They are closed on exec; inherited descriptors are not.
    /// </summary>
    public static bool IsClosed(int descriptor)
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/proc/self/fdinfo")) return false;
        try
        {
            var flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}").FirstOrDefault(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return flags is not null && (Convert.ToInt64(flags[6..].Trim(), 8) & CloseOnExec) != 0;
        }
        catch (FileNotFoundException)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static int? Descriptor(string path) => path == OpenAlready[0] ? 0
        : Array.Find(OpenAlready, start => path.StartsWith(start, StringComparison.Ordinal)) is { } start && int.TryParse(path.AsSpan(start.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The kind of file after following links; null if unknown.</summary>
    public static FileKind? Of(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var buffer = new byte[256];
        try
        {
            if (statx(CurrentFolder, Encoding.UTF8.GetBytes(path + '\0'), 0, TypeMask, buffer) != 0) return null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
        return (BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(ModeOffset)) & 0xF000) switch
        {
            0x8000 => FileKind.Plain,
            0x4000 => FileKind.Folder,
            0x1000 => FileKind.Pipe,
            0x2000 or 0x6000 => FileKind.Device,
            0xC000 => FileKind.Socket,
            _ => FileKind.Other,
        };
    }

#pragma warning disable SYSLIB1054 // the source generator needs unsafe code, which only Numerics allows
    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(int folder, byte[] path, int flags, uint mask, byte[] result);
#pragma warning restore SYSLIB1054
}
