using System.IO.Enumeration;

namespace Qwen2Audio.Hub.Download;

/// <summary>Which files of a repository are downloaded.</summary>
public static class FileSelection
{
    /// <summary>
    /// What is taken when nothing is asked for: safetensors, configuration and vocabularies. Not: other formats of the same weights
    /// (.bin, .pt, .pth, …), which may run code when they are opened and which nothing here opens.
    /// </summary>
    public static IReadOnlyList<string> Usual { get; } = ["*.safetensors", "*.json", "*.txt", "*.model", "*.jinja"];

    /// <summary>True when a path belongs to the selection.</summary>
    public static bool Takes(string path, DownloadOptions options) =>
        Any(options.Include.Count > 0 ? options.Include : Usual, path) && !Any(options.Exclude, path);

    private static bool Any(IReadOnlyList<string> patterns, string path) =>
        patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, path, ignoreCase: false));
}
