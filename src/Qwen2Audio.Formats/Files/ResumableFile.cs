namespace Qwen2Audio.Formats.Files;

/// <summary>
/// A large file that is received in pieces, possibly over several runs. Bytes are appended to NAME.incomplete; the file gets its final name
/// only when the caller declares it complete and everything is on the disk. If the work is interrupted, the received part stays for the
/// next run. Not thread-safe.
/// </summary>
public sealed class ResumableFile : IDisposable
{
    private const string Ending = ".incomplete";
    private readonly string _path;
    private readonly FileStream _stream;

    private ResumableFile(string path, FileStream stream) => (_path, _stream) = (path, stream);

    /// <summary>The file's final path.</summary>
    public string Location => _path;

    /// <summary>Bytes received so far.</summary>
    public long Length => _stream.Length;

    /// <summary>Continues what an earlier run left, or begins anew; the folder must exist.</summary>
    /// <exception cref="IOException">The folder is missing, another process writes this file, or another I/O error.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static ResumableFile Open(string path)
    {
        var full = Path.GetFullPath(path);
        var stream = new FileStream(full + Ending, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        stream.Seek(0, SeekOrigin.End);
        return new ResumableFile(full, stream);
    }

    /// <summary>The path of the incomplete file.</summary>
    public static string PartOf(string path) => path + Ending;

    /// <summary>Bytes that an earlier run left of the file at <paramref name="path"/>; 0 if none.</summary>
    public static long LengthOf(string path) => new FileInfo(path + Ending) is { Exists: true } file ? file.Length : 0;

    /// <summary>Incomplete files in a folder, by their final names.</summary>
    public static IReadOnlyList<string> In(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*" + Ending).Select(file => file[..^Ending.Length]).Order(StringComparer.Ordinal)];

    /// <summary>Passes on the bytes received so far, in order, in blocks.</summary>
    public void ReadBack(Action<ReadOnlySpan<byte>> block, CancellationToken cancellation = default)
    {
        var buffer = new byte[1 << 20];
        _stream.Seek(0, SeekOrigin.Begin);
        for (int read; (read = _stream.Read(buffer)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            block(buffer.AsSpan(0, read));
        }
    }

    /// <summary>Appends bytes.</summary>
    /// <exception cref="IOException">The disk is full, or another I/O error; earlier bytes are kept.</exception>
    public void Append(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    /// <summary>Drops all bytes and starts again.</summary>
    public void Clear() => _stream.SetLength(0);

    /// <summary>Flushes the file to the disk and gives it its final name, replacing an existing file.</summary>
    public void Publish()
    {
        Disk.Flush(_stream);
        _stream.Dispose();
        Disk.Rename(_path + Ending, _path);
        Disk.FlushFolder(Path.GetDirectoryName(_path)!);
    }

    /// <summary>Deletes the incomplete file.</summary>
    public void Discard()
    {
        _stream.Dispose();
        File.Delete(_path + Ending);
    }

    public void Dispose() => _stream.Dispose();
}
