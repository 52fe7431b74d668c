using Qwen2Audio.Audio;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>Writes down what is said, with whichever kind of model; <see cref="AudioSources"/> has the same for files and streams.</summary>
public interface ITranscriber
{
    /// <summary>Samples a second of the one channel that the model takes; other audio is brought to it, with warnings.</summary>
    int SampleRate { get; }

    /// <summary>Transcribes decoded audio.</summary>
    /// <exception cref="OperationCanceledException">Cancelled, while waiting for the model or while it computes.</exception>
    Transcription Transcribe(AudioClip clip, CancellationToken cancellation = default);

    /// <summary>Transcribes decoded audio on another thread; none is held while others use the model.</summary>
    /// <param name="clip">The audio.</param>
    /// <param name="progress">Told, from the thread that computes, the share of the work that is done, 0…1; it must not wait for a model.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    Task<Transcription> TranscribeAsync(AudioClip clip, IProgress<double>? progress = null, CancellationToken cancellation = default);
}

/// <summary>Says which label fits audio, with whichever kind of model; <see cref="AudioSources"/> has the same for files and streams.</summary>
public interface IClassifier
{
    /// <summary>Samples a second of the one channel that the model takes; other audio is brought to it, with warnings.</summary>
    int SampleRate { get; }

    /// <summary>Classifies decoded audio among <paramref name="labels"/>; null: the model's own, where it has some.</summary>
    /// <exception cref="ArgumentException">No label, an empty one, or one twice.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, while waiting for the model or while it computes.</exception>
    Classification Classify(AudioClip clip, IReadOnlyList<string>? labels = null, CancellationToken cancellation = default);

    /// <summary>Classifies decoded audio on another thread; none is held while others use the model.</summary>
    /// <param name="clip">The audio.</param>
    /// <param name="labels">The labels; null: the model's own, where it has some.</param>
    /// <param name="progress">Told, from the thread that computes, the share of the work that is done, 0…1; it must not wait for a model.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <exception cref="ArgumentException">No label, an empty one, or one twice.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    Task<Classification> ClassifyAsync(
        AudioClip clip, IReadOnlyList<string>? labels = null, IProgress<double>? progress = null, CancellationToken cancellation = default);
}
