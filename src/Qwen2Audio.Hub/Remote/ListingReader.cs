using System.Text.Json;

namespace Qwen2Audio.Hub;

/// <summary>Reads the endpoint's description of a revision, and trusts none of its names.</summary>
internal static class ListingReader
{
    private const int MostFiles = 100_000;

    /// <exception cref="HubException">No such JSON, or names that would lead out of the cache.</exception>
    public static RepositoryListing Read(ReadOnlyMemory<byte> json, RepositoryName repository)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64 });
            return Read(document.RootElement, repository);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or OverflowException or ArgumentException)
        {
            throw Bad(repository, $"is not as expected ({exception.Message})", exception);
        }
    }

    private static RepositoryListing Read(JsonElement root, RepositoryName repository)
    {
        var commit = root.GetProperty("sha").GetString() ?? "";
        if (!CachedRepository.IsCommit(commit)) throw Bad(repository, "has no commit in its field sha");
        var files = new List<RemoteFile>();
        foreach (var sibling in root.GetProperty("siblings").EnumerateArray())
        {
            if (files.Count == MostFiles) throw Bad(repository, $"lists more than {MostFiles} files");
            files.Add(ReadFile(sibling, repository));
        }

        RemotePaths.Check(files.Select(file => file.Path), repository);
        return new RepositoryListing(commit, files);
    }

    private static RemoteFile ReadFile(JsonElement sibling, RepositoryName repository)
    {
        var path = sibling.GetProperty("rfilename").GetString() ?? "";
        var large = Member(sibling, "lfs");
        var size = Member(large, "size") ?? Member(sibling, "size");
        var file = new RemoteFile(path, size?.GetInt64(), Hash(large, "sha256", 64), large is null ? Hash(sibling, "blobId", 40) : null);
        return file.Size is null or >= 0 ? file : throw Bad(repository, $"gives the size {file.Size}");
    }

    private static JsonElement? Member(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Hash(JsonElement? element, string name, int digits) =>
        Member(element, name)?.GetString() is { } text && text.Length == digits && text.All(char.IsAsciiHexDigitLower) ? text : null;

    private static HubException Bad(RepositoryName repository, string what, Exception? inner = null) =>
        new(HubFault.BadAnswer, $"The endpoint's description of {repository} {what}.", inner);
}
