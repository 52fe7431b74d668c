namespace Qwen2Audio.Formats.Files;

/// <summary>A text file that lines are appended to, such as a log in JSON lines. Each line is written completely or not at all.</summary>
public static class LineFile
{
    /// <summary>
    /// Appends a line. If a crash has left an incomplete line at the end, that is terminated first, so that it affects no other.
    /// </summary>
    /// <exception cref="IOException">The disk is full, or another I/O error; nothing of the line is in the file. Or the path is not a regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Append(string path, string line)
    {
        PlainFile.Require(path);
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        Append(file, line);
    }

    /// <summary>Appends a line to an open file.</summary>
    internal static void Append(Stream file, string line)
    {
        var end = file.Length;
        AtomicAppend.Write(file, end, Encoding.UTF8.GetBytes(EndsLine(file, end) ? line + "\n" : "\n" + line + "\n"));
    }

    private static bool EndsLine(Stream file, long end)
    {
        if (end == 0) return true;
        file.Position = end - 1;
        return file.ReadByte() == '\n';
    }
}
