using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Data.Loading;
using Qwen2Audio.Training.Data.Sources;

namespace Qwen2Audio.Training.Speech.Features;

/// <summary>Features of all clips of one or more manifests in memory: about 16 kB per second of audio.</summary>
internal sealed class FeatureStore
{
    /// <summary>Minimum frames of a clip; eight frames make one position of the model.</summary>
    public const int MinFrames = 10;

    private FeatureStore(IReadOnlyList<ClipFeatures> clips, IReadOnlyList<ClipFailure> failures) => (Clips, Failures) = (clips, failures);

    /// <summary>Clips in the order of the rows.</summary>
    public IReadOnlyList<ClipFeatures> Clips { get; }

    /// <summary>Rows without a clip: a missing or damaged file, another length than the row says, less than 0.1 s of audio, or a text with characters that are not allowed.</summary>
    public IReadOnlyList<ClipFailure> Failures { get; }

    /// <summary>Reads the file of every row and computes its features, in parallel.</summary>
    /// <param name="recordings">Recordings of manifests or shards.</param>
    /// <param name="phones">Phones of a row's normalised text, called on several threads; null: no clip has phones.</param>
    /// <param name="progress">Called on several threads with the number of rows done and the total.</param>
    /// <param name="threads">Number of files read in parallel; 0: one per processor.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public static FeatureStore Build(
        IReadOnlyList<Recording> recordings, Func<ManifestRow, string, string[]?>? phones = null, Action<int, int>? progress = null, int threads = 0,
        CancellationToken cancellation = default)
    {
        var clips = new ClipFeatures?[recordings.Count];
        var failures = new ClipFailure?[recordings.Count];
        var done = 0;
        Parallel.For(0, recordings.Count, LoaderThreads.Of(threads, cancellation), i =>
        {
            var row = recordings[i].Row;
            if (!TranscriptText.TryNormalise(row.Text, out var text, out var unknown))
                failures[i] = new ClipFailure(row, $"its text \"{row.Text}\" contains '{unknown}'; {TranscriptText.Allowed}.");
            else if (Read(recordings[i], out var reason) is { } frames) clips[i] = new ClipFeatures(row, text, phones?.Invoke(row, text), frames);
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
            if (frames.Frames >= MinFrames) return frames;
            reason = $"{recording.Row.Path}: {frames.Frames / 100.0:F2} s long; allowed: {MinFrames / 100.0:F2} s or more.";
            return null;
        }
        catch (ArgumentException exception)
        {
            reason = $"{recording.Row.Path}: {MessageText.Reason(exception)}";
            return null;
        }
    }
}
