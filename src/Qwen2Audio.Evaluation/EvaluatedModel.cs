using Qwen2Audio.Audio;
using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Evaluation;

/// <summary>The closed set of labels of a dataset.</summary>
/// <param name="Name">Name of the model's label set, or of the dataset.</param>
/// <param name="Labels">The labels.</param>
internal sealed record ClosedLabels(string Name, IReadOnlyList<string> Labels);

/// <summary>A model of any kind to be evaluated, with its decoding settings.</summary>
internal abstract class EvaluatedModel
{
    /// <summary>The model's folder, with the adapter if there is one.</summary>
    public abstract string Name { get; }

    /// <summary>How texts are chosen.</summary>
    public abstract string Decoding { get; }

    /// <summary>The closed set of a dataset's rows; null if they are to be transcribed.</summary>
    public abstract ClosedLabels? LabelsOf(IReadOnlyList<ManifestRow> rows);

    /// <summary>Why a row cannot be evaluated, regardless of its audio; null if it can.</summary>
    public abstract string? Refuses(ManifestRow row, ClosedLabels? labels);

    /// <summary>Runs the model on a clip.</summary>
    public abstract EvaluatedClip Answer(ManifestRow row, ClosedLabels? labels, AudioClip clip, CancellationToken cancellation);

    /// <summary>A row without answers.</summary>
    public EvaluatedClip Row(ManifestRow row, ClosedLabels? labels) => new()
    {
        Path = row.Path,
        Offset = row.Offset,
        Dataset = row.Dataset,
        Reference = row.Text,
        LabelSet = labels?.Name,
        Model = Name,
        Decoding = Decoding,
    };

    /// <summary>Adds the word errors of the clip's text.</summary>
    protected static EvaluatedClip Compared(EvaluatedClip clip)
    {
        var counts = new WordErrorRate().Add(clip.Reference, clip.Hypothesis!);
        return clip with { WordErrors = counts.Errors, Words = counts.Reference };
    }

    /// <summary>Whether a row is for transcription.</summary>
    protected static bool IsSpeech(ManifestRow row) => row.Task.Length == 0 || row.Task.Contains("asr", StringComparison.Ordinal);
}
