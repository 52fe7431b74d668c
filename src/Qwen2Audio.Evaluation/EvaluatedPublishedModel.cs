using Qwen2Audio.Audio;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks;

namespace Qwen2Audio.Evaluation;

/// <summary>
/// A published model. It transcribes clips, or classifies them if all rows of the dataset are for classification only, among the labels of
/// these rows, since published models have no label sets.
/// </summary>
internal sealed class EvaluatedPublishedModel(LoadedTranscriber model, string name) : EvaluatedModel
{
    private readonly IClassifier _classifier = model.AsClassifier();

    public override string Name => name;

    public override string Decoding => model.Decoding;

    public override ClosedLabels? LabelsOf(IReadOnlyList<ManifestRow> rows) => rows.Any(IsSpeech) ? null
        : new ClosedLabels(rows[0].Dataset, [.. rows.Select(row => LabelSet.Spelled(row.Text)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);

    public override string? Refuses(ManifestRow row, ClosedLabels? labels) =>
        labels is null && !IsSpeech(row) ? "it is for classification, other rows of its dataset are for transcription" : null;

    public override EvaluatedClip Answer(ManifestRow row, ClosedLabels? labels, AudioClip clip, CancellationToken cancellation)
    {
        if (labels is not null)
        {
            var chosen = _classifier.Classify(clip, labels.Labels, cancellation: cancellation);
            return Row(row, labels) with
            {
                Labels = new Dictionary<string, string>(StringComparer.Ordinal) { [ValidationTally.UsualLabels] = chosen.Best },
                Warnings = [.. chosen.Warnings.Select(warning => warning.Text)],
                Seconds = clip.Seconds,
                SecondsTaken = chosen.SecondsTaken,
            };
        }

        var transcription = model.Transcribe(clip, cancellation: cancellation);
        return Compared(Row(row, labels) with
        {
            Texts = new Dictionary<string, string>(StringComparer.Ordinal) { ["model"] = transcription.Text },
            Warnings = [.. transcription.Warnings.Select(warning => warning.Text)],
            Seconds = clip.Seconds,
            SecondsTaken = transcription.SecondsTaken,
        });
    }
}
