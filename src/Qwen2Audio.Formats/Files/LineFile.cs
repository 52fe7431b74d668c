using System.Text;

namespace Qwen2Audio.Formats.Files;

/// <summary>A text file to which lines are added in place, such as a log in JSON lines: each line is there as a whole or not at all.</summary>
public static class LineFile
{
    /// <summary>
    /// Adds a line. Where a crash has left half a line at the end, that becomes a line of its own, so that it spoils no other.
    /// </summary>
    /// <exception cref="IOException">The disk is full, or another I/O error; nothing of the line is in the file. Or the path names no plain file.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Append(string path, string line)
    {
        PlainFile.Require(path);
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        Append(file, line);
    }

    /// <summary>As the other, to an open file.</summary>
    internal static void Append(Stream file, string line)
    {
        var end = file.Length;
        WholeAppend.Write(file, end, Encoding.UTF8.GetBytes(EndsLine(file, end) ? line + "\n" : "\n" + line + "\n"));
    }

    private static bool EndsLine(Stream file, long end)
    {
        if (end == 0) return true;
        file.Position = end - 1;
        return file.ReadByte() == '\n';
    }
}
