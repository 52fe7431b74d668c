namespace Qwen2Audio.Formats.Files;

/// <summary>Gives a file a second name.</summary>
public static class FileLink
{
    /// <summary>
    /// Makes <paramref name="path"/> a relative link to a file, in one step, replacing what was there. Returns false and changes nothing if the
    /// system or file system does not support links (Windows without the privilege, FAT).
    /// </summary>
    /// <exception cref="IOException">The folder of <paramref name="path"/> is missing.</exception>
    public static bool TryWrite(string path, string file)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder}: there is no such folder.");
        var temporary = Path.Combine(folder, $".{Guid.NewGuid():N}.partial");
        try
        {
            File.CreateSymbolicLink(temporary, Path.GetRelativePath(folder, Path.GetFullPath(file)));
            Disk.Rename(temporary, full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            File.Delete(temporary);
            return false;
        }
        Disk.FlushFolder(folder);
        return true;
    }

    /// <summary>Moves a file within its file system to <paramref name="path"/>, replacing what was there.</summary>
    public static void Move(string file, string path)
    {
        Disk.Rename(file, path);
        Disk.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
