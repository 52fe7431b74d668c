namespace Qwen2Audio.Formats.Files;

/// <summary>Makes a file known by a second name.</summary>
public static class FileLink
{
    /// <summary>
    /// Makes <paramref name="path"/> a relative link to a file, in one step, replacing what was there. False where the system or the file
    /// system makes no links (Windows without the privilege, FAT); then nothing has changed.
    /// </summary>
    /// <exception cref="IOException">The folder of <paramref name="path"/> is missing.</exception>
    public static bool TryWrite(string path, string file)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder} is not there.");
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

    /// <summary>Moves a file of the same file system to <paramref name="path"/>, replacing what was there.</summary>
    public static void Move(string file, string path)
    {
        Disk.Rename(file, path);
        Disk.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
