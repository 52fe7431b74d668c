using Qwen2Audio.Audio;
using Qwen2Audio.Formats;

namespace Qwen2Audio.Training.Data;

/// <summary>A clip that could not be used, and why.</summary>
public sealed record ClipFailure(ManifestRow Row, string Reason);

/// <summary>Features of all clips of a manifest, or of several, in memory: about 16 kB a second of audio.</summary>
public sealed class FeatureStore
{
    /// <summary>Frames that a clip has at least; the model makes one position of eight.</summary>
    public const int LeastFrames = 10;

    /// <summary>Seconds by which a clip may be longer or shorter than its row says, as in lhotse.</summary>
    public const double DurationTolerance = 0.025;

    private FeatureStore(IReadOnlyList<ClipFeatures> clips, IReadOnlyList<ClipFailure> failures) => (Clips, Failures) = (clips, failures);

    /// <summary>Clips in the order of the rows.</summary>
    public IReadOnlyList<ClipFeatures> Clips { get; }

    /// <summary>Rows that gave no clip: a missing or damaged file, another length than the row says, less than 0.1 s of sound, a text that cannot be learned.</summary>
    public IReadOnlyList<ClipFailure> Failures { get; }

    /// <summary>Length of all clips.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds(Clips.Sum(clip => (long)clip.Frames) / 100.0);

    /// <summary>Reads every row's file and computes its features, several at once.</summary>
    /// <param name="rows">Rows of one or more manifests.</param>
    /// <param name="pronunciations">Where phones come from; without it no clip has phones.</param>
    /// <param name="progress">Called with (rows done, all rows), from several threads.</param>
    /// <param name="threads">Files read at once; 0: one a processor.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static FeatureStore Build(
        IReadOnlyList<ManifestRow> rows, Pronunciations? pronunciations = null, Action<int, int>? progress = null, int threads = 0,
        CancellationToken cancellation = default)
    {
        var clips = new ClipFeatures?[rows.Count];
        var failures = new ClipFailure?[rows.Count];
        var done = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount, CancellationToken = cancellation };
        Parallel.For(0, rows.Count, parallel, i =>
        {
            if (!TrainingText.TryNormalise(rows[i].Text, out var text, out var unknown))
                failures[i] = new ClipFailure(rows[i], $"its text \"{rows[i].Text}\" holds '{unknown}'; allowed: letters, punctuation and spaces.");
            else if (Read(rows[i], out var reason) is { } frames) clips[i] = new ClipFeatures(rows[i], text, pronunciations?.Find(text), frames);
            else failures[i] = new ClipFailure(rows[i], reason);
            progress?.Invoke(Interlocked.Increment(ref done), rows.Count);
        });
        return new FeatureStore([.. clips.OfType<ClipFeatures>()], [.. failures.OfType<ClipFailure>()]);
    }

    private static MelFrames? Read(ManifestRow row, out string reason)
    {
        reason = "";
        try
        {
            var clip = AudioFile.Read(row.Path);
            if (row.Seconds > 0 && Math.Abs(clip.Seconds - row.Seconds) > DurationTolerance)
            {
                reason = $"{row.Path}: {clip.Seconds:0.###} s long; the manifest says {row.Seconds:0.###} s; allowed: a difference of {DurationTolerance} s.";
                return null;
            }

            var frames = SpeechFeatures.Compute(clip);
            if (frames.Frames >= LeastFrames) return frames;
            reason = $"{row.Path}: {frames.Frames / 100.0:F2} s long; allowed: {LeastFrames / 100.0:F2} s or more.";
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or AudioFormatException or ArgumentException)
        {
            reason = exception.Message;
            return null;
        }
    }
}
