using Qwen2Audio.Audio;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks;

namespace Qwen2Audio.Evaluation;

/// <summary>One of our small models: encodes each clip once and decodes it in all ways that the model supports.</summary>
internal sealed class EvaluatedSmallModel : EvaluatedModel
{
    private static readonly (string By, double? CtcWeight)[] LabelChoices = [(ValidationTally.UsualLabels, null), ("decoder", 0), ("ctc", 1)];
    private readonly SpeechModel _model;
    private readonly (string By, Transcriber Transcriber)[] _transcribers;

    public EvaluatedSmallModel(SpeechModel model, ValidationOptions options, string? name = null)
    {
        (_model, Name) = (model, name ?? model.Info.Path);
        Decoding = (model.Info with { CtcBeam = options.BeamWidth ?? model.Info.CtcBeam, CtcWeight = options.CtcWeight ?? model.Info.CtcWeight }).Decoding;
        _transcribers =
        [
            By("combined", Tasks.Results.Decoding.Combined), By("ctc greedy", Tasks.Results.Decoding.CtcGreedy),
            By("ctc beam", Tasks.Results.Decoding.CtcOnly), By("decoder", Tasks.Results.Decoding.DecoderOnly),
        ];

        (string, Transcriber) By(string name, Tasks.Results.Decoding decoding) =>
            (name, new Transcriber(model, new TranscriberOptions { Decoding = decoding, BeamWidth = options.BeamWidth, CtcWeight = options.CtcWeight, Plain = true }));
    }

    public override string Name { get; }

    public override string Decoding { get; }

    public override ClosedLabels? LabelsOf(IReadOnlyList<ManifestRow> rows) =>
        _model.Info.LabelSetOf([.. rows.Select(row => row.Text)]) is { } set ? new ClosedLabels(set, _model.Info.LabelSets[set]) : null;

    public override string? Refuses(ManifestRow row, ClosedLabels? labels) =>
        labels is null && !IsSpeech(row) ? $"\"{row.Text}\" is in no label set of the model" : null;

    public override EvaluatedClip Answer(ManifestRow row, ClosedLabels? labels, AudioClip clip, CancellationToken cancellation)
    {
        var encoded = _model.Encode(clip, cancellation: cancellation);
        var texts = _transcribers.Select(way => (way.By, Text: way.Transcriber.Transcribe(encoded, cancellation))).ToList();
        var byWay = texts.ToDictionary(text => text.By, text => text.Text.Text, StringComparer.Ordinal);
        if (_model.Info.StreamingDelay is not null) byWay["streamed"] = Streamed(clip, cancellation);
        var answer = Row(row, labels) with
        {
            Texts = byWay,
            Confidences = [.. texts[0].Text.Words.Select(word => Math.Round(word.Confidence, 6))],
            Labels = labels is null ? null : Choose(encoded, labels.Name, cancellation),
            SpeechProbability = texts[0].Text.SpeechProbability,
            Warnings = [.. texts[0].Text.Warnings.Select(warning => warning.Text)],
            Seconds = clip.Seconds,
            SecondsTaken = texts[0].Text.SecondsTaken,
        };
        return labels?.Name == LabelSet.Sound ? answer : Compared(answer);
    }

    private string Streamed(AudioClip clip, CancellationToken cancellation)
    {
        using var stream = _transcribers[0].Transcriber.Stream();
        var samples = AudioPreparation.Prepare(clip, _model.Info.SampleRate).Samples;
        var texts = stream.Add(samples, cancellation).Concat(stream.Finish(cancellation: cancellation));
        return string.Join(' ', texts.Where(text => text.Final is not null && text.Text.Length > 0).Select(text => text.Text));
    }

    private Dictionary<string, string> Choose(EncodedClip clip, string set, CancellationToken cancellation) =>
        (set == LabelSet.Sound ? LabelChoices[..1] : LabelChoices).ToDictionary(
            way => way.By, way => new Classifier(_model, new ClassifierOptions { Task = set, CtcWeight = way.CtcWeight }).Classify(clip, cancellation: cancellation).Best, StringComparer.Ordinal);
}
