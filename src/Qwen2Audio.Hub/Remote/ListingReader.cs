using System.Text.Json;
using Qwen2Audio.Formats;
using Qwen2Audio.Hub.Cache;

namespace Qwen2Audio.Hub.Remote;

/// <summary>Reads the endpoint's description of a revision; file names in it are not trusted.</summary>
internal static class ListingReader
{
    private const int MaxFiles = 100_000;

    /// <exception cref="HubException">Invalid JSON, or names that would leave the cache folder.</exception>
    public static RepositoryListing Read(ReadOnlyMemory<byte> json, RepositoryName repository)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64 });
            return Read(document.RootElement, repository);
        }
        catch (JsonException exception)
        {
            throw Bad(repository, $"is invalid JSON: {MessageText.Place(exception)}: {MessageText.Reason(exception)}", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw Bad(repository, "contains a string with an unpaired surrogate", exception);
        }
    }

    private static RepositoryListing Read(JsonElement root, RepositoryName repository)
    {
        var commit = Text(root, "sha", "sha", repository);
        if (!CachedRepository.IsCommit(commit)) throw Bad(repository, "has no commit in its field sha");
        var files = new List<RemoteFile>();
        if (Member(root, "siblings") is not { ValueKind: JsonValueKind.Array } siblings) throw Bad(repository, "has no list of files in its field siblings");
        foreach (var sibling in siblings.EnumerateArray())
        {
            if (files.Count == MaxFiles) throw Bad(repository, $"lists more than {MaxFiles} files");
            files.Add(ReadFile(sibling, $"siblings[{files.Count}]", repository));
        }

        RemotePaths.Check(files.Select(file => file.Path), repository);
        return new RepositoryListing(commit, files);
    }

    private static RemoteFile ReadFile(JsonElement sibling, string place, RepositoryName repository)
    {
        var path = Text(sibling, "rfilename", $"{place}.rfilename", repository);
        var large = Member(sibling, "lfs");
        var size = Member(large, "size") ?? Member(sibling, "size");
        long? bytes = null;
        if (size is { } given)
            bytes = given.ValueKind == JsonValueKind.Number && given.TryGetInt64(out var whole) && whole >= 0 ? whole : throw Bad(repository, $"gives {path} a size that is not a whole number, 0 or more");
        return new RemoteFile(path, bytes, Hash(large, "sha256", 64), large is null ? Hash(sibling, "blobId", 40) : null);

        string? Hash(JsonElement? element, string name, int digits)
        {
            if (Member(element, name) is not { } value) return null;
            if (value.ValueKind != JsonValueKind.String) throw Bad(repository, $"gives {path} a {name} that is not a string");
            return value.GetString() is { } text && text.Length == digits && text.All(char.IsAsciiHexDigitLower) ? text : null;
        }
    }

    private static string Text(JsonElement parent, string name, string place, RepositoryName repository) =>
        Member(parent, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : throw Bad(repository, $"has no string in its field {place}");

    private static JsonElement? Member(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static HubException Bad(RepositoryName repository, string what, Exception? inner = null) =>
        new(HubFault.InvalidResponse, $"The endpoint's description of {repository} {what}.", inner);
}
