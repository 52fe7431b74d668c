using Qwen2Audio.Audio;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>Transcribes speech with any kind of model; <see cref="AudioTaskExtensions"/> adds files and streams.</summary>
public interface ITranscriber
{
    /// <summary>Sampling rate of the mono audio that the model takes, in Hz; other audio is converted, with warnings.</summary>
    int SampleRate { get; }

    /// <summary>Transcribes decoded audio on the caller's thread.</summary>
    /// <param name="clip">The audio.</param>
    /// <param name="progress">Called on the computing thread with the fraction of the work done, 0…1; it must not wait for a model.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    Transcription Transcribe(AudioClip clip, IProgress<double>? progress = null, CancellationToken cancellation = default);

    /// <summary>Transcribes decoded audio on another thread; waiting for other callers blocks no thread.</summary>
    /// <inheritdoc cref="Transcribe"/>
    Task<Transcription> TranscribeAsync(AudioClip clip, IProgress<double>? progress = null, CancellationToken cancellation = default);
}

/// <summary>Classifies audio with any kind of model; <see cref="AudioTaskExtensions"/> adds files and streams.</summary>
public interface IClassifier
{
    /// <summary>Sampling rate of the mono audio that the model takes, in Hz; other audio is converted, with warnings.</summary>
    int SampleRate { get; }

    /// <summary>Classifies decoded audio on the caller's thread.</summary>
    /// <param name="clip">The audio.</param>
    /// <param name="labels">The labels; null: the model's own, if it has any.</param>
    /// <param name="progress">Called on the computing thread with the fraction of the work done, 0…1; it must not wait for a model.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <exception cref="ArgumentException">There are no labels, or empty or repeated ones.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    Classification Classify(
        AudioClip clip, IReadOnlyList<string>? labels = null, IProgress<double>? progress = null, CancellationToken cancellation = default);

    /// <summary>Classifies decoded audio on another thread; waiting for other callers blocks no thread.</summary>
    /// <inheritdoc cref="Classify"/>
    Task<Classification> ClassifyAsync(
        AudioClip clip, IReadOnlyList<string>? labels = null, IProgress<double>? progress = null, CancellationToken cancellation = default);
}
