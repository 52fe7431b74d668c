using Qwen2Audio.Audio;
using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Evaluation;

/// <summary>A closed set of labels that a dataset's rows are of.</summary>
/// <param name="Name">A set of the model, or the dataset.</param>
/// <param name="Labels">The labels.</param>
internal sealed record ClosedLabels(string Name, IReadOnlyList<string> Labels);

/// <summary>What is measured: a model of any kind, and how it is asked.</summary>
internal abstract class EvaluatedModel
{
    /// <summary>Its folder, with the adapter where there is one.</summary>
    public abstract string Name { get; }

    /// <summary>How texts are chosen.</summary>
    public abstract string Decoding { get; }

    /// <summary>The closed set that a dataset's rows are of; null when they are to be transcribed.</summary>
    public abstract ClosedLabels? LabelsOf(IReadOnlyList<ManifestRow> rows);

    /// <summary>Why a row cannot be measured whatever its audio; null when it can.</summary>
    public abstract string? Refuses(ManifestRow row, ClosedLabels? labels);

    /// <summary>Asks about a clip.</summary>
    public abstract EvaluatedClip Answer(ManifestRow row, ClosedLabels? labels, AudioClip clip, CancellationToken cancellation);

    /// <summary>A row without answers yet.</summary>
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

    /// <summary>The same with a text that is compared by words.</summary>
    protected static EvaluatedClip Compared(EvaluatedClip clip)
    {
        var counts = new WordErrorRate().Add(clip.Reference, clip.Hypothesis!);
        return clip with { WordErrors = counts.Errors, Words = counts.Reference };
    }

    /// <summary>Whether a row is for transcription.</summary>
    protected static bool IsSpeech(ManifestRow row) => row.Task.Length == 0 || row.Task.Contains("asr", StringComparison.Ordinal);
}
