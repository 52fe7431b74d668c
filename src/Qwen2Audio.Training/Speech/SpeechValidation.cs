using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Formats.Shards;
using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Speech;

/// <summary>What of a manifest is measured on.</summary>
/// <param name="Manifest">Its path.</param>
/// <param name="Datasets">Those that have rows of the split; none for shards. Rows that name no split are trained on and do not count.</param>
/// <param name="Rows">All rows of these datasets that are measured.</param>
internal sealed record SpeechValidation(string Manifest, IReadOnlyList<string> Datasets, IReadOnlyList<ManifestRow> Rows)
{
    /// <summary>The manifests of a recipe.</summary>
    /// <exception cref="ManifestException">A manifest is missing or damaged.</exception>
    public static IEnumerable<SpeechValidation> Of(DataRecipe data, string split)
    {
        foreach (var path in data.Manifests)
        {
            IReadOnlyList<ManifestRow> rows = ShardPattern.Is(path) ? []
                : [.. Formats.Manifests.Manifest.Read(path, skipRepeated: true).Rows.Where(row => Splits.Matches(row.Split, split) && data.Uses(row.Dataset))];
            List<string> datasets = [.. rows.Where(row => row.Split.Length > 0).Select(row => row.Dataset).Distinct(StringComparer.Ordinal)];
            yield return new SpeechValidation(path, datasets, [.. rows.Where(row => datasets.Contains(row.Dataset))]);
        }
    }

    /// <summary>Number and hash of all rows of a split; empty when there are none. Audio counts as far as a row has its hash.</summary>
    public static string Identity(DataRecipe data, string split)
    {
        List<ManifestRow> rows = [.. Of(data, split).SelectMany(found => found.Rows)];
        return rows.Count == 0 ? "" : $"{rows.Count} rows {ContentHash.OfLines(rows.Select(row => string.Create(CultureInfo.InvariantCulture,
            $"{Path.GetFileName(row.Path)}\t{row.Dataset}\t{row.Task}\t{row.Text}\t{row.Offset}\t{row.Seconds}\t{row.Sha256}")))}";
    }
}
