namespace Qwen2Audio.Testing;

/// <summary>
/// Where recorded reference outputs are: the folder named by the environment variable QWEN2AUDIO_FIXTURES, otherwise
/// ../shared/fixtures beside the repository, otherwise tests/fixtures within it.
/// </summary>
public static class Fixtures
{
    /// <summary>The repository's root: the folder that holds Qwen2Audio.slnx.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The fixtures folder in use.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Path of an entry below the fixtures folder, whether it exists or not.</summary>
    public static string Locate(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>True when the folder holds the file or folder.</summary>
    public static bool Has(params string[] parts) => Path.Exists(Locate(parts));

    /// <summary>Names of the folders whose names start with <paramref name="prefix"/> and that hold <paramref name="file"/>.</summary>
    public static IReadOnlyList<string> Folders(string prefix, string file) =>
        !Directory.Exists(Root) ? [] : [.. Directory.EnumerateDirectories(Root, prefix + "*")
            .Where(folder => File.Exists(Path.Combine(folder, file)))
            .Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    /// <summary>Why a test that needs <paramref name="parts"/> is skipped.</summary>
    public static string MissingReason(params string[] parts) =>
        $"{string.Join('/', parts)} is not in {Root} (set QWEN2AUDIO_FIXTURES to a folder that has it)";

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Qwen2Audio.slnx"))) return folder.FullName;
        throw new InvalidOperationException($"Qwen2Audio.slnx is in no folder above {AppContext.BaseDirectory}.");
    }

    private static string FindRoot()
    {
        if (Environment.GetEnvironmentVariable("QWEN2AUDIO_FIXTURES") is { Length: > 0 } named) return Path.GetFullPath(named);
        var shared = Path.GetFullPath(Path.Combine(Repository, "..", "shared", "fixtures"));
        return Directory.Exists(shared) ? shared : Path.Combine(Repository, "tests", "fixtures");
    }
}
