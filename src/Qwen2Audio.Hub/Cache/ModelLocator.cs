namespace Qwen2Audio.Hub.Cache;

/// <summary>Finds the folder of a model that a user names.</summary>
public static class ModelLocator
{
    /// <summary>
    /// The folder itself where there is one of that name, else the newest downloaded snapshot of the repository <c>org/name[@revision]</c>.
    /// A name that is neither is returned as it stands, so that opening it says what is wrong.
    /// </summary>
    /// <exception cref="HubException">The name is one of a repository that is not in the cache; says how to download it.</exception>
    public static string Find(string named, HubCache? cache = null)
    {
        if (Directory.Exists(named) || File.Exists(named) || !RepositoryName.TryParse(named, out var repository)) return named;
        cache ??= HubCache.FromEnvironment();
        if (cache.Find(repository) is { } folder) return folder;
        if (cache.Damage(repository) is { } damage)
            throw new HubException(HubFault.NotInCache, $"{named}: {damage} Give one of these folders, or put the cache in order with: qwen2audio download {named}");
        throw new HubException(HubFault.NotInCache,
            $"{named}: there is no such folder here, and no downloaded model of that name in {cache.Location}. "
            + $"If it is a published model, get it with: qwen2audio download {named}");
    }
}
