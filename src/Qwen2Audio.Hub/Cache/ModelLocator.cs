namespace Qwen2Audio.Hub.Cache;

/// <summary>Finds the folder of a model by the name that a user gives.</summary>
public static class ModelLocator
{
    /// <summary>
    /// The folder of that name if it exists, otherwise the latest downloaded snapshot of the repository <c>org/name[@revision]</c>. A name that
    /// is neither is returned unchanged, so that opening it reports the error.
    /// </summary>
    /// <exception cref="HubException">The name is that of a repository that is not in the cache; says how to download it.</exception>
    public static string Find(string named, HubCache? cache = null)
    {
        if (Directory.Exists(named) || File.Exists(named) || !RepositoryName.TryParse(named, out var repository)) return named;
        cache ??= HubCache.FromEnvironment();
        if (cache.Find(repository) is { } folder) return folder;
        if (cache.Damage(repository) is { } damage)
            throw new HubException(HubFault.NotInCache, $"{named}: {damage} Name one of these folders, or repair the cache with: qwen2audio download {named}");
        throw new HubException(HubFault.NotInCache,
            $"{named}: there is no such folder here, and no downloaded model of that name in {cache.Location}. "
            + $"If it is a published model, download it with: qwen2audio download {named}");
    }
}
