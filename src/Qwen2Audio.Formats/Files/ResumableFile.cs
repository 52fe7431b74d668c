namespace Qwen2Audio.Formats.Files;

/// <summary>
/// A large file that arrives in pieces, over several runs if need be. Bytes are appended to NAME.incomplete; the file gets its name only
/// when the caller says that it is whole, after everything is on the disk. Whatever ends the work between, the part that is there stays
/// for the next run. Not for use by several threads at once.
/// </summary>
public sealed class ResumableFile : IDisposable
{
    private const string Ending = ".incomplete";
    private readonly string _path;
    private readonly FileStream _stream;

    private ResumableFile(string path, FileStream stream) => (_path, _stream) = (path, stream);

    /// <summary>The name that the file gets.</summary>
    public string Location => _path;

    /// <summary>Bytes that are there.</summary>
    public long Length => _stream.Length;

    /// <summary>Goes on with what an earlier run left, or begins; the folder must exist.</summary>
    /// <exception cref="IOException">The folder is missing, another process writes this file, or another I/O error.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static ResumableFile Open(string path)
    {
        var full = Path.GetFullPath(path);
        var stream = new FileStream(full + Ending, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        stream.Seek(0, SeekOrigin.End);
        return new ResumableFile(full, stream);
    }

    /// <summary>Where the part of a file lies until it is whole.</summary>
    public static string PartOf(string path) => path + Ending;

    /// <summary>Bytes that an earlier run left of the file at <paramref name="path"/>; 0 when none did.</summary>
    public static long LengthOf(string path) => new FileInfo(path + Ending) is { Exists: true } file ? file.Length : 0;

    /// <summary>Files of a folder that earlier runs left unfinished, by the names that they would get.</summary>
    public static IReadOnlyList<string> In(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*" + Ending).Select(file => file[..^Ending.Length]).Order(StringComparer.Ordinal)];

    /// <summary>Hands out what is there already, in order, in blocks.</summary>
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

    /// <summary>Adds bytes at the end.</summary>
    /// <exception cref="IOException">The disk is full, or another I/O error; what was there before stays.</exception>
    public void Append(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    /// <summary>Drops everything and begins again.</summary>
    public void Clear() => _stream.SetLength(0);

    /// <summary>Gives the file its name, once it is on the disk; replaces a file of that name.</summary>
    public void Publish()
    {
        Disk.Flush(_stream);
        _stream.Dispose();
        Disk.Rename(_path + Ending, _path);
        Disk.FlushFolder(Path.GetDirectoryName(_path)!);
    }

    /// <summary>Removes what is there: it turned out to be of no use.</summary>
    public void Discard()
    {
        _stream.Dispose();
        File.Delete(_path + Ending);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
