namespace Qwen2Audio.Fuzz.Running;

/// <summary>A temporary folder, in memory where the system has one there, in which a target puts the files that its reader opens.</summary>
internal sealed class Workspace : IDisposable
{
    private const string InMemory = "/dev/shm";

    public Workspace()
    {
        var parent = Directory.Exists(InMemory) ? InMemory : Path.GetTempPath();
        Folder = Path.Combine(parent, $"qwen2audio-fuzz-{Path.GetRandomFileName()}");
        Directory.CreateDirectory(Folder);
    }

    /// <summary>Full path.</summary>
    public string Folder { get; }

    /// <summary>What a target keeps from one input to the next: something that is costly to make and that no input changes.</summary>
    public Dictionary<string, object> Kept { get; } = new(StringComparer.Ordinal);

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Something kept, made at its first use.</summary>
    public T Keep<T>(string name, Func<T> make)
        where T : notnull
    {
        if (!Kept.TryGetValue(name, out var kept)) Kept.Add(name, kept = make());
        return (T)kept;
    }

    public void Dispose()
    {
        foreach (var kept in Kept.Values.OfType<IDisposable>()) kept.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
