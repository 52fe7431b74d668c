namespace Qwen2Audio.Hub.Remote;

/// <summary>Checks that a repository's file names can be used on the disk; those that could leave the folder are refused.</summary>
internal static class RemotePaths
{
    private const int LongestPart = 200; // bytes; file systems allow 255
    private const int LongestPath = 1000;

    /// <exception cref="HubException">A name is not a plain relative path, or clashes with another; nothing of the repository is used.</exception>
    public static void Check(IEnumerable<string> paths, RepositoryName repository)
    {
        var files = new HashSet<string>(StringComparer.Ordinal);
        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            if (path.Length > LongestPath) throw Refuse(path, $"whose name is longer than {LongestPath} characters");
            if (!IsPlain(path)) throw Refuse(path, "which could point outside its folder");
            if (!files.Add(path)) throw Refuse(path, "twice");
            for (var slash = path.IndexOf('/'); slash >= 0; slash = path.IndexOf('/', slash + 1)) folders.Add(path[..slash]);
        }

        if (files.FirstOrDefault(folders.Contains) is { } both) throw Refuse(both, "as a file and as a folder");

        HubException Refuse(string path, string why) =>
            new(HubFault.InvalidResponse, $"The endpoint lists a file \"{Shown(path)}\" in {repository}, {why}; nothing is downloaded.");
    }

    private static bool IsPlain(string path) => path.Split('/').All(part => part.Length > 0 && Encoding.UTF8.GetByteCount(part) <= LongestPart && part is not ("." or "..")
        && !part.Any(c => char.IsControl(c) || c is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|') && part[^1] is not ('.' or ' '));

    private static string Shown(string path) =>
        new([.. path.Take(120).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '·' : c)]);
}
