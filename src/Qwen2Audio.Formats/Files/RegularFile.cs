using Microsoft.Win32.SafeHandles;

namespace Qwen2Audio.Formats.Files;

/// <summary>Opens regular files for reading. Folders, named pipes and devices are refused before they are opened, so that nothing blocks.</summary>
internal static class RegularFile
{
    public delegate Exception Failure(string file, Problem problem, Exception? inner);

    /// <summary>Opens a file that must exist, be a regular file and be readable; also returns its current length.</summary>
    public static SafeFileHandle Open(string path, Failure failure, out long length)
    {
        if (Directory.Exists(path)) throw Refuse("a folder", null);
        if (!File.Exists(path)) throw Refuse("no such file", null);
        if (FileKinds.Of(path) is { } kind and not FileKind.Plain) throw Refuse(FileKinds.Describe(kind), null);
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            length = RandomAccess.GetLength(handle);
            return handle;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            handle?.Dispose();
            throw Refuse($"a file that cannot be opened ({e.Message})", e);
        }

        Exception Refuse(string found, Exception? inner) => failure(path, new Problem("path", found, "a readable regular file"), inner);
    }

    /// <summary>Reads a whole file of at most <paramref name="limit"/> bytes. The buffer is sized by the file, not by what it declares.</summary>
    public static byte[] ReadAll(string path, int limit, Failure failure)
    {
        using var handle = Open(path, failure, out var length);
        if (length > limit) throw failure(path, new Problem("file size", $"{length} bytes", $"at most {limit} bytes"), null);
        var bytes = new byte[length];
        if (Fill(handle, bytes, 0) != length)
            throw failure(path, new Problem("file size", "a file that was truncated while it was read", $"{length} bytes"), null);
        return bytes;
    }

    /// <summary>Reads until the span is full or the file ends; returns the number of bytes read.</summary>
    public static int Fill(SafeFileHandle handle, Span<byte> into, long position)
    {
        var done = 0;
        while (done < into.Length)
        {
            var read = RandomAccess.Read(handle, into[done..], position + done);
            if (read == 0) break;
            done += read;
        }
        return done;
    }
}
