using Qwen2Audio.Audio;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks;

namespace Qwen2Audio.Evaluation;

/// <summary>A model that hears codec tokens alone.</summary>
internal sealed class EvaluatedFromTokens(EvaluatedModel model, TokenHearing hearing) : EvaluatedModel
{
    public override string Name => model.Name;

    public override string Decoding => $"{model.Decoding}, {hearing.Description}";

    public override ClosedLabels? LabelsOf(IReadOnlyList<ManifestRow> rows) => model.LabelsOf(rows);

    public override string? Refuses(ManifestRow row, ClosedLabels? labels) => model.Refuses(row, labels);

    public override EvaluatedClip Answer(ManifestRow row, ClosedLabels? labels, AudioClip clip, CancellationToken cancellation) =>
        model.Answer(row, labels, hearing.Pass(clip, cancellation), cancellation) with { Decoding = Decoding };
}
