namespace Qwen2Audio.Formats;

/// <summary>Reads text files that a user names. Named pipes and devices are refused before they are opened, so nothing blocks.</summary>
public static class PlainFile
{
    /// <summary>The file's text, UTF-8.</summary>
    /// <exception cref="IOException">It cannot be read, or is no plain file; /dev/stdin may be a pipe.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string ReadAllText(string path)
    {
        if (Directory.Exists(path)) throw new FileNotFoundException($"'{path}': found a folder; allowed: a readable plain file.", path);
        Require(path);
        return File.ReadAllText(path);
    }

    /// <summary>Refuses a path that names a pipe, a device or a socket; what does not exist passes.</summary>
    /// <exception cref="FileNotFoundException">The path names something else than a plain file.</exception>
    public static void Require(string path)
    {
        if (FileKinds.Refused(path) is { } found and not "a folder")
            throw new FileNotFoundException($"'{path}': found {found}; allowed: a readable plain file.", path);
    }
}
