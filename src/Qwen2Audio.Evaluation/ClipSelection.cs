using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Evaluation;

/// <summary>Which rows of a manifest are measured.</summary>
internal static class ClipSelection
{
    /// <summary>The rows by dataset, in the order of the names or of the manifest.</summary>
    /// <param name="rows">Rows of one split.</param>
    /// <param name="manifest">Their file, for messages.</param>
    /// <param name="split">Their split, for messages.</param>
    /// <param name="names">Only these datasets; null: all.</param>
    /// <exception cref="ManifestException">A named dataset has no rows.</exception>
    public static List<IReadOnlyList<ManifestRow>> Datasets(IReadOnlyList<ManifestRow> rows, string manifest, string split, IReadOnlyList<string>? names)
    {
        var known = rows.Select(row => row.Dataset).Distinct(StringComparer.Ordinal).ToList();
        if (names?.FirstOrDefault(name => !known.Contains(name)) is { } missing)
            throw new ManifestException(manifest, 0, "dataset", $"no rows of dataset \"{missing}\" in split \"{split}\"; allowed: {string.Join(", ", known)}.");
        return [.. (names ?? known).Select(name => (IReadOnlyList<ManifestRow>)[.. rows.Where(row => row.Dataset == name)])];
    }

    /// <summary>At most that many rows, evenly spaced; null: all.</summary>
    public static IEnumerable<ManifestRow> Spread(IReadOnlyList<ManifestRow> rows, int? limit)
    {
        var count = Math.Min(rows.Count, limit ?? rows.Count);
        for (var i = 0; i < count; i++) yield return rows[(int)((long)i * rows.Count / count)];
    }
}
