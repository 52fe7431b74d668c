using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Qwen2Audio.Formats.Files;

/// <summary>A file as read-only memory.</summary>
internal sealed class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private MappedFile(MemoryMappedFile file, MemoryMappedViewAccessor view)
    {
        (_file, _view) = (file, view);
        Address = view.SafeMemoryMappedViewHandle.DangerousGetHandle();
        _ = Posix.AdviseHugePages(Address, view.Capacity);
    }

    /// <summary>Address of the file's first byte.</summary>
    public nint Address { get; }

    /// <summary>Maps the first <paramref name="length"/> bytes of an open file; the caller keeps the handle.</summary>
    /// <exception cref="IOException">The file is shorter, or the system cannot map it.</exception>
    public static MappedFile Open(SafeFileHandle handle, long length)
    {
        if (RandomAccess.GetLength(handle) < length) throw new IOException("it was truncated");
        var file = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        try
        {
            return new MappedFile(file, file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
