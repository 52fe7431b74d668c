using System.Security.Cryptography;
using System.Text;

namespace Qwen2Audio.Formats.Files;

/// <summary>
/// A list of the SHA-256 of every file in a folder, in the form that the program sha256sum reads: by it a changed bit or a missing file
/// is noticed. Its first line says how many files there are, so that a list that was cut off is noticed too.
/// </summary>
public static class FolderChecksums
{
    private const int DigestLength = 64;
    private const int ListBytes = 1 << 20;

    /// <summary>Writes the list of all files that are in the folder and below it, hidden ones and the list itself left out.</summary>
    /// <exception cref="IOException">A file cannot be read, or the list cannot be written.</exception>
    public static void Write(string folder, string list)
    {
        var names = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(name => name != list && Path.GetFileName(name)[0] != '.').Order(StringComparer.Ordinal).ToList();
        var text = new StringBuilder(Heading(names.Count)).Append('\n');
        foreach (var name in names) text.Append(Digest(Path.Combine(folder, name))).Append("  ").Append(name).Append('\n');
        AtomicFile.Write(Path.Combine(folder, list), Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>Compares the files with the list; <paramref name="which"/> can leave some out by their names. Files beyond the list do not count.</summary>
    /// <exception cref="CheckpointException">The list is missing or damaged, or files are missing or have other bytes; all are named.</exception>
    public static void Check(string folder, string list, Predicate<string>? which = null)
    {
        var path = Path.Combine(folder, list);
        var lines = Encoding.UTF8.GetString(RegularFile.ReadAll(path, ListBytes, CheckpointException.Of)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0 || lines[0] != Heading(lines.Length - 1))
            throw new CheckpointException(path, "line 1", lines.Length == 0 ? "nothing" : Display.Quote(lines[0]), $"\"{Heading(Math.Max(0, lines.Length - 1))}\", as many as are listed");
        var problems = new ProblemList();
        for (var i = 1; i < lines.Length; i++)
        {
            var line = lines[i];
            if (line.Length < DigestLength + 3 || !IsInside(line[(DigestLength + 2)..]))
                throw new CheckpointException(path, $"line {i + 1}", Display.Quote(line), "a SHA-256, two spaces and a file of the folder");
            var name = line[(DigestLength + 2)..];
            if (which is null || which(name)) Compare(folder, name, line[..DigestLength], problems);
        }

        if (problems.Count > 0) throw new CheckpointException(folder, problems);
    }

    private static void Compare(string folder, string name, string expected, ProblemList problems)
    {
        try
        {
            if (Digest(Path.Combine(folder, name)) is var found && found != expected)
                problems.Add(name, $"SHA-256 {found[..16]}…", $"{expected[..16]}…, with which it was written");
        }
        catch (CheckpointException exception)
        {
            problems.Add(name, exception.Problems[0].Found, exception.Problems[0].Allowed);
        }
    }

    /// <summary>SHA-256 of a file in lower-case hex.</summary>
    /// <exception cref="CheckpointException">It is missing, no plain file, or cannot be read.</exception>
    public static string Digest(string path)
    {
        using var file = new FileStream(RegularFile.Open(path, CheckpointException.Of, out _), FileAccess.Read, bufferSize: 0);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static bool IsInside(string name) => !Path.IsPathRooted(name) && !name.Split('/').Contains("..", StringComparer.Ordinal);

    private static string Heading(int files) => $"# {files} files";
}
