using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Formats.Shards;

namespace Qwen2Audio.Training.Data.Sources;

/// <summary>The recordings of manifests and shards, and those that are skipped before any audio is read.</summary>
/// <param name="Recordings">In the order of the sources.</param>
/// <param name="Skipped">Repeated rows, samples without text or audio, damaged parts of shards.</param>
internal sealed record RecordingList(IReadOnlyList<Recording> Recordings, IReadOnlyList<ClipFailure> Skipped)
{
    /// <summary>Warnings about unused fields and rows of other splits.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Recordings that the sources mark for validation, in the order of the sources.</summary>
    public IReadOnlyList<Recording> Validation { get; private init; } = [];

    /// <summary>Reads sources: names ending in .tar are patterns of shards, all others manifests (table or JSON lines, by content).</summary>
    /// <param name="sources">Paths.</param>
    /// <param name="split">Only rows of this split (<see cref="Splits"/>) or without a split; null: all.</param>
    /// <exception cref="ManifestException">A manifest is missing or has the wrong form.</exception>
    /// <exception cref="ShardException">A pattern or an index has the wrong form, or no shard of a pattern can be opened.</exception>
    public static RecordingList Read(IEnumerable<string> sources, string? split = null)
    {
        var (recordings, validation) = (new List<Recording>(), new List<Recording>());
        var skipped = new List<SkippedRow>();
        var warnings = new List<string>();
        foreach (var source in sources)
        {
            var isShard = ShardPattern.Is(source);
            Recording[] all;
            if (isShard)
            {
                var shards = ShardClips.Read(source);
                all = [.. shards.Clips.Select(clip => new Recording(clip) { ListedIn = source })];
                Note(source, shards.Skipped, shards.Unused);
            }
            else
            {
                var manifest = Manifest.Read(source, skipRepeated: true);
                all = [.. manifest.Rows.Select(row => new Recording(row) { ListedIn = source })];
                Note(source, manifest.Skipped, manifest.Unused);
            }

            recordings.AddRange(all.Where(recording => Fits(recording.Row)));
            validation.AddRange(all.Where(recording => recording.Row.Split.Length > 0 && Splits.Matches(recording.Row.Split, Splits.Validation)));
            if (split is not null) warnings.AddRange(Others(source, isShard, split, all.Where(recording => !Fits(recording.Row))));
        }

        return new RecordingList(recordings, [.. skipped.Where(row => Fits(row.Row)).Select(row => new ClipFailure(row.Row, row.Reason))]) { Warnings = warnings, Validation = validation };

        bool Fits(ManifestRow row) => split is null || Splits.Matches(row.Split, split);

        void Note(string source, IReadOnlyList<SkippedRow> rows, IReadOnlyCollection<string> unused)
        {
            skipped.AddRange(rows);
            if (UnusedFields.Text(source, unused) is { } warning) warnings.Add(warning);
        }
    }

    // validation rows of manifests are used for measurements
    private static IEnumerable<string> Others(string source, bool isShard, string split, IEnumerable<Recording> others) => others
        .GroupBy(recording => recording.Row.Split, StringComparer.Ordinal).Where(group => isShard || !Splits.Matches(group.Key, Splits.Validation))
        .OrderBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => $"{source}: {(group.Count() == 1 ? "1 row" : $"{group.Count()} rows")} of split \"{group.Key}\" not used: split \"{split}\" is trained on, and \"{Splits.Validation}\" (or dev, valid, validation) of manifests is measured on");
}
