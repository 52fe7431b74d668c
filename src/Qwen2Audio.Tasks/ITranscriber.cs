using Qwen2Audio.Audio;

namespace Qwen2Audio.Tasks;

/// <summary>Writes down what is said, with whichever kind of model.</summary>
public interface ITranscriber
{
    /// <summary>Transcribes an audio file.</summary>
    /// <exception cref="AudioFormatException">The file is not usable audio.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    Transcription Transcribe(string path, CancellationToken cancellation = default);

    /// <summary>Transcribes decoded audio.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    Transcription Transcribe(AudioClip clip, CancellationToken cancellation = default);
}

/// <summary>Says which label fits audio, with whichever kind of model.</summary>
public interface IClassifier
{
    /// <summary>Classifies an audio file among <paramref name="labels"/>; null: the model's own, where it has some.</summary>
    /// <exception cref="AudioFormatException">The file is not usable audio.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ArgumentException">No label, an empty one, or one twice.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    Classification Classify(string path, IReadOnlyList<string>? labels = null, CancellationToken cancellation = default);

    /// <summary>Classifies decoded audio among <paramref name="labels"/>; null: the model's own, where it has some.</summary>
    /// <exception cref="ArgumentException">No label, an empty one, or one twice.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    Classification Classify(AudioClip clip, IReadOnlyList<string>? labels = null, CancellationToken cancellation = default);
}
