namespace Qwen2Audio.Checkpoints;

/// <summary>Names of models from their locations.</summary>
internal static class ModelNames
{
    /// <summary>The last part of a path or of org/name; for a snapshot in a download cache, the repository's name.</summary>
    public static string Of(string path)
    {
        const string models = "models--";
        var parts = Parts(path);
        return parts is [.., var repository, "snapshots", _] && repository.StartsWith(models, StringComparison.Ordinal)
            ? repository[(repository.LastIndexOf("--", StringComparison.Ordinal) + 2)..] : Last(path);
    }

    /// <summary>The last part of a path; empty if there is none.</summary>
    public static string Last(string path) => Parts(path) is [.., var last] ? last : "";

    private static string[] Parts(string path) => path.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries);
}
