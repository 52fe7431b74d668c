using System.IO.Enumeration;

namespace Qwen2Audio.Hub.Download;

/// <summary>Which files of a repository are downloaded.</summary>
public static class FileSelection
{
    /// <summary>
    /// The default selection: safetensors, configuration and vocabularies. Other formats of the same weights (.bin, .pt, .pth, …) may run code
    /// when opened; nothing here opens them.
    /// </summary>
    public static IReadOnlyList<string> Default { get; } = ["*.safetensors", "*.json", "*.txt", "*.model", "*.jinja"];

    /// <summary>Whether a path belongs to the selection.</summary>
    public static bool Takes(string path, DownloadOptions options) =>
        Any(options.Include.Count > 0 ? options.Include : Default, path) && !Any(options.Exclude, path);

    private static bool Any(IReadOnlyList<string> patterns, string path) =>
        patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, path, ignoreCase: false));
}
