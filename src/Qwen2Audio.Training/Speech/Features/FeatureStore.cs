using Qwen2Audio.Formats;
using Qwen2Audio.Training.Data.Loading;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Speech.Phones;

namespace Qwen2Audio.Training.Speech.Features;

/// <summary>Features of all clips of a manifest, or of several, in memory: about 16 kB a second of audio.</summary>
internal sealed class FeatureStore
{
    /// <summary>Frames that a clip has at least; the model makes one position of eight.</summary>
    public const int LeastFrames = 10;

    private FeatureStore(IReadOnlyList<ClipFeatures> clips, IReadOnlyList<ClipFailure> failures) => (Clips, Failures) = (clips, failures);

    /// <summary>Clips in the order of the rows.</summary>
    public IReadOnlyList<ClipFeatures> Clips { get; }

    /// <summary>Rows that gave no clip: a missing or damaged file, another length than the row says, less than 0.1 s of sound, a text that cannot be learned.</summary>
    public IReadOnlyList<ClipFailure> Failures { get; }

    /// <summary>Length of all clips.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds(Clips.Sum(clip => (long)clip.Frames) / 100.0);

    /// <summary>Reads every row's file and computes its features, several at once.</summary>
    /// <param name="recordings">Recordings of manifests or shards.</param>
    /// <param name="pronunciations">Where phones come from; without it no clip has phones.</param>
    /// <param name="progress">Called with (rows done, all rows), from several threads.</param>
    /// <param name="threads">Files read at once; 0: one a processor.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static FeatureStore Build(
        IReadOnlyList<Recording> recordings, Pronunciations? pronunciations = null, Action<int, int>? progress = null, int threads = 0,
        CancellationToken cancellation = default)
    {
        var clips = new ClipFeatures?[recordings.Count];
        var failures = new ClipFailure?[recordings.Count];
        var done = 0;
        Parallel.For(0, recordings.Count, LoaderThreads.Of(threads, cancellation), i =>
        {
            var row = recordings[i].Row;
            if (!TrainingText.TryNormalise(row.Text, out var text, out var unknown))
                failures[i] = new ClipFailure(row, $"its text \"{row.Text}\" holds '{unknown}'; {TrainingText.Allowed}.");
            else if (Read(recordings[i], out var reason) is { } frames) clips[i] = new ClipFeatures(row, text, pronunciations?.Find(text), frames);
            else failures[i] = new ClipFailure(row, reason);
            progress?.Invoke(Interlocked.Increment(ref done), recordings.Count);
        });
        return new FeatureStore([.. clips.OfType<ClipFeatures>()], [.. failures.OfType<ClipFailure>()]);
    }

    private static MelFrames? Read(Recording recording, out string reason)
    {
        if (recording.TryRead(out reason) is not { } clip) return null;
        try
        {
            var frames = SpeechFeatures.Compute(clip);
            if (frames.Frames >= LeastFrames) return frames;
            reason = $"{recording.Row.Path}: {frames.Frames / 100.0:F2} s long; allowed: {LeastFrames / 100.0:F2} s or more.";
            return null;
        }
        catch (ArgumentException exception)
        {
            reason = $"{recording.Row.Path}: {MessageText.Reason(exception)}";
            return null;
        }
    }
}
