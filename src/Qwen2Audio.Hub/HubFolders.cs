namespace Qwen2Audio.Hub;

/// <summary>Hugging Face's folders, found through the same environment variables as by its own tools.</summary>
internal static class HubFolders
{
    /// <summary>HF_HOME, else huggingface in XDG_CACHE_HOME or ~/.cache.</summary>
    public static string Home(Func<string, string?> environment)
    {
        if (Named(environment, "HF_HOME") is { } home) return home;
        return Path.Combine(Named(environment, "XDG_CACHE_HOME") ?? Path.Combine(User, ".cache"), "huggingface");
    }

    /// <summary>The folder that a variable names, or null when it is not set.</summary>
    public static string? Named(Func<string, string?> environment, string variable)
    {
        if (environment(variable) is not { Length: > 0 } value) return null;
        if (value == "~" || value.StartsWith("~/", StringComparison.Ordinal)) value = User + value[1..];
        return Path.GetFullPath(value);
    }

    private static string User => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
}
