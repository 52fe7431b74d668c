using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Training.Data.Corpora;

/// <summary>Divides the training part of a corpus by speaker.</summary>
internal static class CorpusSplit
{
    /// <summary>
    /// Moves whole groups from training to validation, in a random order, until they hold the given share of the training audio. A corpus with a
    /// validation part of its own keeps it.
    /// </summary>
    /// <returns>The rows in their order, the groups that were moved, and warnings.</returns>
    public static (IReadOnlyList<ManifestRow> Rows, IReadOnlyList<string> Chosen, IReadOnlyList<string> Warnings) Of(
        IReadOnlyList<(ManifestRow Row, string Group)> rows, double percent, long seed)
    {
        var warnings = new List<string>();
        var chosen = new HashSet<string>(StringComparer.Ordinal);
        List<(ManifestRow Row, string Group)> training = [.. rows.Where(row => row.Row.Split == Splits.Train)];
        var hasOwn = rows.Any(row => row.Row.Split == Splits.Validation);
        if (!hasOwn && percent > 0 && training.Count > 0)
        {
            var lengths = training.GroupBy(row => row.Group, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => (Name: group.Key, Seconds: group.Sum(row => row.Row.Seconds))).ToArray();
            new CounterRandom((ulong)seed, 0).Shuffle(lengths.AsSpan());
            var (wanted, have) = (percent / 100 * training.Sum(row => row.Row.Seconds), 0.0);
            foreach (var (name, seconds) in lengths.SkipLast(1))
            {
                if (have >= wanted) break;
                chosen.Add(name);
                have += seconds;
            }

            if (lengths.Length == 1) warnings.Add("all recordings are of one speaker, so none is kept for validation; add val rows of another corpus");
        }

        List<ManifestRow> divided = [.. rows.Select(row => row.Row.Split == Splits.Train && chosen.Contains(row.Group) ? row.Row with { Split = Splits.Validation } : row.Row)];
        var both = divided.Where(row => row.Speaker != "unknown").GroupBy(row => row.Speaker, StringComparer.Ordinal)
            .Where(speaker => speaker.Select(row => row.Split == Splits.Train).Distinct().Count() > 1).Select(speaker => speaker.Key).ToList();
        if (both.Count > 0)
            warnings.Add(string.Create(CultureInfo.InvariantCulture, $"{both.Count} speakers are in train and in val or test ({string.Join(", ", both.Take(5))}{(both.Count > 5 ? ", …" : "")}): figures on their rows are too good"));
        if (divided.Any(row => row.Speaker == "unknown")) warnings.Add("some speakers are unknown, so the same voice may be in train and in val");
        return (divided, [.. chosen.Order(StringComparer.Ordinal)], warnings);
    }
}
