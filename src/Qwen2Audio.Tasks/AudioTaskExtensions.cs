using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>Transcribes and classifies files and streams, which are decoded in pieces. The time in results includes reading.</summary>
public static class AudioTaskExtensions
{
    /// <summary>Transcribes an audio file on the caller's thread; see <see cref="ITranscriber.Transcribe"/>.</summary>
    /// <exception cref="AudioFormatException">The file is not usable audio.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Transcription Transcribe(
        this ITranscriber transcriber, string path, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(transcriber);
        var began = Stopwatch.GetTimestamp();
        var (clip, reading) = (AudioFile.ReadMono(path, transcriber.SampleRate, cancellation: cancellation), Stopwatch.GetElapsedTime(began).TotalSeconds);
        return WithReading(transcriber.Transcribe(clip, progress, cancellation), reading);
    }

    /// <summary>Transcribes an audio file; see <see cref="ITranscriber.TranscribeAsync"/>.</summary>
    /// <inheritdoc cref="Transcribe(ITranscriber, string, IProgress{double}?, CancellationToken)"/>
    public static Task<Transcription> TranscribeAsync(
        this ITranscriber transcriber, string path, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        TranscribeAsync(transcriber, rate => AudioFile.ReadMonoAsync(path, rate, cancellation: cancellation), progress, cancellation);

    /// <summary>Transcribes the audio of a stream from its current position on, read with <see cref="Stream.ReadAsync(Memory{byte}, CancellationToken)"/> only.</summary>
    /// <param name="stream">The audio.</param>
    /// <param name="reading">Limits for the audio; null: the defaults of <see cref="AudioReadOptions"/>.</param>
    /// <param name="progress">See <see cref="ITranscriber.TranscribeAsync"/>.</param>
    /// <param name="name">The stream's name in errors.</param>
    /// <param name="cancellation">Ends waiting at once, also for the stream.</param>
    /// <exception cref="AudioFormatException">The content is not usable audio.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Task<Transcription> TranscribeAsync(
        this ITranscriber transcriber, Stream stream, AudioReadOptions? reading = null, IProgress<double>? progress = null, string name = "stream",
        CancellationToken cancellation = default) =>
        TranscribeAsync(transcriber, rate => AudioFile.ReadMonoAsync(stream, rate, reading, name, cancellation), progress, cancellation);

    /// <summary>Classifies an audio file among <paramref name="labels"/>; null: the model's own labels, if it has any.</summary>
    /// <exception cref="AudioFormatException">The file is not usable audio.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ArgumentException">There are no labels, empty or repeated ones, or the task is unknown.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Classification Classify(
        this IClassifier classifier, string path, IReadOnlyList<string>? labels = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        var began = Stopwatch.GetTimestamp();
        var (clip, reading) = (AudioFile.ReadMono(path, classifier.SampleRate, cancellation: cancellation), Stopwatch.GetElapsedTime(began).TotalSeconds);
        return WithReading(classifier.Classify(clip, labels, progress, cancellation), reading);
    }

    /// <summary>Classifies an audio file; see <see cref="IClassifier.ClassifyAsync"/>.</summary>
    /// <inheritdoc cref="Classify(IClassifier, string, IReadOnlyList{string}?, IProgress{double}?, CancellationToken)"/>
    public static Task<Classification> ClassifyAsync(this IClassifier classifier, string path, IReadOnlyList<string>? labels = null,
        IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        ClassifyAsync(classifier, rate => AudioFile.ReadMonoAsync(path, rate, cancellation: cancellation), labels, progress, cancellation);

    /// <summary>Classifies the audio of a stream from its current position on, read with <see cref="Stream.ReadAsync(Memory{byte}, CancellationToken)"/> only.</summary>
    /// <param name="stream">The audio.</param>
    /// <param name="labels">The labels; null: the model's own, if it has any.</param>
    /// <param name="reading">Limits for the audio; null: the defaults of <see cref="AudioReadOptions"/>.</param>
    /// <param name="progress">See <see cref="IClassifier.ClassifyAsync"/>.</param>
    /// <param name="cancellation">Ends waiting at once, also for the stream.</param>
    /// <exception cref="AudioFormatException">The content is not usable audio.</exception>
    /// <exception cref="ArgumentException">There are no labels, empty or repeated ones, or the task is unknown.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Task<Classification> ClassifyAsync(this IClassifier classifier, Stream stream, IReadOnlyList<string>? labels = null,
        AudioReadOptions? reading = null, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        ClassifyAsync(classifier, rate => AudioFile.ReadMonoAsync(stream, rate, reading, cancellation: cancellation), labels, progress, cancellation);

    private static async Task<Transcription> TranscribeAsync(
        ITranscriber transcriber, Func<int, Task<AudioClip>> read, IProgress<double>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(transcriber);
        var began = Stopwatch.GetTimestamp();
        var (clip, reading) = (await read(transcriber.SampleRate).ConfigureAwait(false), Stopwatch.GetElapsedTime(began).TotalSeconds);
        return WithReading(await transcriber.TranscribeAsync(clip, progress, cancellation).ConfigureAwait(false), reading);
    }

    private static async Task<Classification> ClassifyAsync(
        IClassifier classifier, Func<int, Task<AudioClip>> read, IReadOnlyList<string>? labels, IProgress<double>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        var began = Stopwatch.GetTimestamp();
        var (clip, reading) = (await read(classifier.SampleRate).ConfigureAwait(false), Stopwatch.GetElapsedTime(began).TotalSeconds);
        return WithReading(await classifier.ClassifyAsync(clip, labels, progress, cancellation).ConfigureAwait(false), reading);
    }

    private static Transcription WithReading(Transcription result, double seconds) => result with { SecondsTaken = result.SecondsTaken + seconds };

    private static Classification WithReading(Classification result, double seconds) => result with { SecondsTaken = result.SecondsTaken + seconds };
}
