namespace Qwen2Audio.Hub.Cache;

/// <summary>
/// The cache folder of downloaded models, shared with Hugging Face's tools: models--org--name/{blobs,refs,snapshots/commit}.
/// </summary>
public sealed class HubCache
{
    /// <summary>A cache in a folder, which need not exist yet.</summary>
    public HubCache(string path) => Location = Path.GetFullPath(path);

    /// <summary>Full path.</summary>
    public string Location { get; }

    /// <summary>The user's cache: HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub.</summary>
    /// <param name="environment">Reads a variable; by default from the process's environment.</param>
    public static HubCache FromEnvironment(Func<string, string?>? environment = null)
    {
        environment ??= Environment.GetEnvironmentVariable;
        return new HubCache(HubFolders.Named(environment, "HF_HUB_CACHE") ?? Path.Combine(HubFolders.Home(environment), "hub"));
    }

    /// <summary>The snapshot folder of a downloaded revision, or null if there is none.</summary>
    public string? Find(RepositoryName repository)
    {
        var folder = Of(repository);
        var commit = folder.ReadReference(repository.Revision) ?? (CachedRepository.IsCommit(repository.Revision) ? repository.Revision : null);
        return commit is not null && Directory.Exists(folder.Snapshot(commit)) ? folder.Snapshot(commit) : null;
    }

    /// <summary>Why <see cref="Find"/> finds nothing although something was downloaded; null if nothing was.</summary>
    internal string? Damage(RepositoryName repository) => Of(repository).Damage(repository.Revision);

    internal CachedRepository Of(RepositoryName repository) => new(Path.Combine(Location, repository.Folder));

    internal string LockFile(RepositoryName repository) => Path.Combine(Location, ".locks", repository.Folder, "download.lock");
}
