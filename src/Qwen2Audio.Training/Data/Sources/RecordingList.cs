using Qwen2Audio.Formats;

namespace Qwen2Audio.Training.Data;

/// <summary>The recordings of manifests and shards, and what of them is left out before any audio is read.</summary>
/// <param name="Recordings">In the order of the sources.</param>
/// <param name="Skipped">Repeated rows, samples without text or audio, damaged parts of shards.</param>
public sealed record RecordingList(IReadOnlyList<Recording> Recordings, IReadOnlyList<ClipFailure> Skipped)
{
    /// <summary>Reads sources: what ends in .tar is a pattern of shards, all else a manifest (a table or JSON lines, by content).</summary>
    /// <param name="sources">Paths.</param>
    /// <param name="split">Only rows of this split and those that name none; null: all.</param>
    /// <exception cref="ManifestException">A manifest is missing or not in the form.</exception>
    /// <exception cref="ShardException">A pattern or an index is not in the form, or no shard of a pattern can be opened.</exception>
    public static RecordingList Read(IEnumerable<string> sources, string? split = null)
    {
        var recordings = new List<Recording>();
        var skipped = new List<SkippedRow>();
        foreach (var source in sources)
        {
            if (ShardPattern.Is(source))
            {
                var shards = ShardClips.Read(source);
                recordings.AddRange(shards.Clips.Select(clip => new Recording(clip)));
                skipped.AddRange(shards.Skipped);
            }
            else
            {
                var manifest = Manifest.Read(source, skipRepeated: true);
                recordings.AddRange(manifest.Rows.Select(row => new Recording(row)));
                skipped.AddRange(manifest.Skipped);
            }
        }

        return new RecordingList(
            [.. recordings.Where(recording => Fits(recording.Row))],
            [.. skipped.Where(row => Fits(row.Row)).Select(row => new ClipFailure(row.Row, row.Reason))]);

        bool Fits(ManifestRow row) => split is null || row.Split == split || row.Split.Length == 0;
    }
}
