using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Qwen2Audio;

internal enum FileKind { Plain, Folder, Pipe, Device, Socket, Other }

/// <summary>
/// What kind of file a path names, which .NET does not tell: opening a named pipe that nobody writes to waits for ever. Text and Audio,
/// which know nothing of Formats, compile this file too. Linux only.
/// </summary>
internal static class FileKinds
{
    private const int CurrentFolder = -100;    // AT_FDCWD
    private const uint TypeMask = 1;           // STATX_TYPE
    private const int ModeOffset = 28;         // stx_mode; the layout of struct statx is the same on every architecture
    private const int CloseOnExec = 0x80000;   // O_CLOEXEC
    private static readonly string[] OpenAlready = ["/dev/stdin", "/dev/fd/", "/proc/self/fd/"];

    /// <summary>
    /// What stands at a path that is not to be opened for reading, in words ("a named pipe"); null for plain files, for what does not exist
    /// or cannot be told, and for pipes that this process holds open already (/dev/stdin, /dev/fd/N).
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
        FileKind.Plain => "a plain file",
        FileKind.Pipe => "a named pipe",
        FileKind.Device => "a device",
        FileKind.Socket => "a socket",
        FileKind.Folder => "a folder",
        _ => "something that is not a plain file",
    };

    /// <summary>
    /// Whether the process was started without this file descriptor. The runtime's own files take the numbers of those that are missing,
    /// a pipe even that of standard input, so that reading it waits for ever and writing is lost; but they are closed on exec, which
    /// nothing that was handed over is.
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

    /// <summary>The kind of file after links are followed, or null where it cannot be told.</summary>
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

#pragma warning disable SYSLIB1054 // the generated form needs unsafe code, which only Numerics has
    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(int folder, byte[] path, int flags, uint mask, byte[] result);
#pragma warning restore SYSLIB1054
}
