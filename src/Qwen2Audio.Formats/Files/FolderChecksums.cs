using System.Security.Cryptography;

namespace Qwen2Audio.Formats.Files;

/// <summary>
/// A list of the SHA-256 of every file in a folder, in the format of sha256sum. It reveals changed bits and missing files. Its first line
/// has the number of files, so that a truncated list is detected too.
/// </summary>
public static class FolderChecksums
{
    private const int DigestLength = 64;
    private const int ListBytes = 1 << 20;

    /// <summary>Writes the list of all files in the folder and its subfolders, without hidden files and the list itself.</summary>
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

    /// <summary>Compares the files with the list; <paramref name="which"/> selects files by name. Files that are not in the list are ignored.</summary>
    /// <exception cref="CheckpointException">The list is missing or damaged, or files are missing or have changed; all are named.</exception>
    public static void Check(string folder, string list, Predicate<string>? which = null)
    {
        var path = Path.Combine(folder, list);
        var lines = Encoding.UTF8.GetString(RegularFile.ReadAll(path, ListBytes, CheckpointException.Of)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0 || lines[0] != Heading(lines.Length - 1))
            throw new CheckpointException(path, "line 1", lines.Length == 0 ? "nothing" : Display.Quote(lines[0]), $"\"{Heading(Math.Max(0, lines.Length - 1))}\", the number of files listed");
        var problems = new ProblemList();
        for (var i = 1; i < lines.Length; i++)
        {
            var line = lines[i];
            if (line.Length < DigestLength + 3 || !IsInside(line[(DigestLength + 2)..]))
                throw new CheckpointException(path, $"line {i + 1}", Display.Quote(line), "a SHA-256, two spaces and a file in the folder");
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
                problems.Add(name, $"SHA-256 {found[..16]}…", $"{expected[..16]}…, as it was written");
        }
        catch (CheckpointException exception)
        {
            problems.Add(name, exception.Problems[0].Found, exception.Problems[0].Allowed);
        }
    }

    /// <summary>SHA-256 of a file in lower-case hex.</summary>
    /// <exception cref="CheckpointException">It is missing, not a regular file, or cannot be read.</exception>
    public static string Digest(string path)
    {
        using var file = new FileStream(RegularFile.Open(path, CheckpointException.Of, out _), FileAccess.Read, bufferSize: 0);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static bool IsInside(string name) => !Path.IsPathRooted(name) && !name.Split('/').Contains("..", StringComparer.Ordinal);

    private static string Heading(int files) => $"# {files} files";
}
