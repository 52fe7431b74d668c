using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Evaluation;

/// <summary>One of our small models: encodes each clip once and decodes it in all ways that the model supports.</summary>
internal sealed class EvaluatedSmallModel : EvaluatedModel
{
    private static readonly Decoding[] Decodings = [Tasks.Results.Decoding.Combined, Tasks.Results.Decoding.CtcGreedy, Tasks.Results.Decoding.CtcOnly, Tasks.Results.Decoding.DecoderOnly];
    private readonly SpeechModel _model;
    private readonly Transcriber _transcriber;
    private readonly (string By, Classifier Classifier)[] _classifiers;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<string>> _sets;

    public EvaluatedSmallModel(SpeechModel model, ValidationOptions options, string? name = null)
    {
        (_model, _sets, Name) = (model, model.Info.LabelSets, name ?? model.Info.Path);
        Decoding = (model.Info with { CtcBeam = options.BeamWidth ?? model.Info.CtcBeam, CtcWeight = options.CtcWeight ?? model.Info.CtcWeight }).Decoding;
        _transcriber = new Transcriber(model, new TranscriberOptions { BeamWidth = options.BeamWidth, CtcWeight = options.CtcWeight });
        _classifiers =
        [
            (ValidationTally.UsualLabels, new Classifier(model)),
            ("decoder", new Classifier(model, new ClassifierOptions { CtcWeight = 0 })),
            ("ctc", new Classifier(model, new ClassifierOptions { CtcWeight = 1 })),
        ];
    }

    public override string Name { get; }

    public override string Decoding { get; }

    public override ClosedLabels? LabelsOf(IReadOnlyList<ManifestRow> rows) =>
        _sets.Keys.Order(StringComparer.Ordinal).FirstOrDefault(name =>
            name != SpeechDetection.Speech && rows.All(row => _sets[name].Any(label => ValidationTally.SameLabel(label, row.Text)))) is { } set
            ? new ClosedLabels(set, _sets[set]) : null;

    public override string? Refuses(ManifestRow row, ClosedLabels? labels) =>
        labels is null && !IsSpeech(row) ? $"\"{row.Text}\" is in no label set of the model" : null;

    public override EvaluatedClip Answer(ManifestRow row, ClosedLabels? labels, AudioClip clip, CancellationToken cancellation) =>
        _model.Gate.Run(() => Ask(row, labels, clip, cancellation), cancellation);

    private EvaluatedClip Ask(ManifestRow row, ClosedLabels? labels, AudioClip clip, CancellationToken cancellation)
    {
        using var heeded = new CancellationScope(_model.Speech, cancellation);
        var encoded = ClipEncoder.Prepare(_model.Speech, clip, new TranscriberOptions().MaxPieceSeconds, Stopwatch.GetTimestamp()).Kept();
        var texts = _transcriber.TranscribeEncoded(encoded, Decodings);
        var answer = Row(row, labels) with
        {
            Texts = Decodings.Select((decoding, i) => (By(decoding), texts[i].Text)).ToDictionary(StringComparer.Ordinal),
            Labels = labels is null ? null : Choose(encoded, labels.Name),
            SpeechProbability = texts[0].SpeechProbability,
            Warnings = [.. texts[0].Warnings.Select(warning => warning.Text)],
            Seconds = clip.Seconds,
            SecondsTaken = texts[0].SecondsTaken,
        };
        return labels?.Name == LabelPlan.Sound ? answer : Compared(answer);
    }

    private Dictionary<string, string> Choose(EncodedAudio encoded, string set)
    {
        var plan = LabelPlan.Make(_model.Speech.Settings, set, null);
        return (plan.Groups[0].Spoken ? _classifiers : _classifiers[..1])
            .ToDictionary(way => way.By, way => way.Classifier.Answer(encoded, plan, open: false).Best, StringComparer.Ordinal);
    }

    private static string By(Decoding decoding) => decoding switch
    {
        Tasks.Results.Decoding.Combined => "combined",
        Tasks.Results.Decoding.CtcGreedy => "ctc greedy",
        Tasks.Results.Decoding.CtcOnly => "ctc beam",
        _ => "decoder",
    };
}
