namespace Qwen2Audio.Testing;

/// <summary>
/// A temporary folder for a test, removed when disposed. All are inside one folder of the process, which is removed when the process ends,
/// so a test that fails halfway leaves nothing behind either.
/// </summary>
public sealed class TemporaryFolder : IDisposable
{
    private static readonly Lazy<string> Root = new(() =>
    {
        var root = Directory.CreateTempSubdirectory("qwen2audio-tests-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Remove(root);
        return root;
    });

    private static int _count;

    /// <summary>Makes an empty folder.</summary>
    public TemporaryFolder() => Path = Directory.CreateDirectory(System.IO.Path.Combine(Root.Value, $"{Interlocked.Increment(ref _count)}")).FullName;

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>Path of an entry, whether it exists or not.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>The path.</summary>
    public static implicit operator string(TemporaryFolder folder) => folder.Path;

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <summary>Names of all entries, in order.</summary>
    public string[] Names() => [.. Directory.EnumerateFileSystemEntries(Path).Select(p => System.IO.Path.GetFileName(p)!).Order(StringComparer.Ordinal)];

    /// <summary>The content of a file that is being written.</summary>
    public static byte[] ReadBeside(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    public override string ToString() => Path;

    public void Dispose() => Remove(Path);

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }
}
