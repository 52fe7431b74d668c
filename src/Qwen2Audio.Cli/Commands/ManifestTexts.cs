using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The texts of manifests, for commands that learn from text or measure on it.</summary>
internal static class ManifestTexts
{
    public static bool IsManifest(string file) => Path.GetExtension(file).ToLowerInvariant() is ".tsv" or ".jsonl";

    /// <summary>The texts of train rows, as often as they count.</summary>
    /// <param name="manifests">The manifests.</param>
    /// <param name="datasets">Datasets, or dataset=times; null: all but labels, once.</param>
    public static IEnumerable<string> Train(IReadOnlyList<string> manifests, string[]? datasets)
    {
        ManifestRow[] rows = [.. manifests.SelectMany(file => Manifest.Read(file).Require(Splits.Train))];
        var times = datasets?.Select(Times).ToDictionary() ?? rows.Where(row => row.Task != "classification").Select(row => row.Dataset).Distinct().ToDictionary(name => name, _ => 1);
        foreach (var name in times.Keys)
            if (!rows.Any(row => row.Dataset == name)) throw new UsageException($"--datasets names {name}, of which the manifests have no train row; they have {string.Join(", ", rows.Select(row => row.Dataset).Distinct())}.");
        return rows.SelectMany(row => Enumerable.Repeat(row.Text, times.GetValueOrDefault(row.Dataset)));
    }

    /// <summary>The texts of validation rows, by dataset, without labels.</summary>
    public static IEnumerable<(string Dataset, IEnumerable<string> Texts)> Validation(string manifest) =>
        Manifest.Read(manifest).Require(Splits.Validation).Where(row => row.Task != "classification")
            .GroupBy(row => row.Dataset, StringComparer.Ordinal).Select(group => (group.Key, group.Select(row => row.Text)));

    private static KeyValuePair<string, int> Times(string setting)
    {
        var parts = setting.Split('=');
        var times = 1;
        if (parts.Length > 2 || (parts.Length == 2 && (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out times) || times is < 1 or > 10_000)))
            throw new UsageException($"--datasets has \"{setting}\"; allowed: a dataset, or a dataset=times with 1 to 10000.");
        return new(parts[0], times);
    }
}
