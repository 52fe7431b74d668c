using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Parity;

/// <summary>Compares a model's values with the recorded outputs while it runs (shared/fixtures/README, "Model folders").</summary>
internal sealed class RecordedOutputs : IProbe
{
    private const double FloatBound = ComparisonSet.FloatBound;
    private readonly Recording _recording;
    private readonly Dictionary<string, Action<Matrix>> _sites = new(StringComparer.Ordinal);
    private readonly int[] _attentionSequence;

    public RecordedOutputs(Recording recording, int layers, int clips)
    {
        _recording = recording;
        Comparisons = new ComparisonSet(recording);
        _attentionSequence = new int[layers];
        Expect("input_features", "log-mel", 0, ParityMeasure.Absolute, ComparisonSet.MelBound);
        Expect("feature_attention_mask", "log-mel", 0, ParityMeasure.Places, 0);
        _sites["encoder.output"] = value => Clips("audio_tower", value);
        _sites["projector.output"] = value => Clips("audio_embeddings", value);
        for (var i = 0; i < clips; i++)
        {
            Expect($"audio_tower.{i}", "audio encoder", 1, ParityMeasure.Relative, FloatBound);
            Expect($"audio_embeddings.{i}", "projector", 2, ParityMeasure.Relative, FloatBound);
        }

        Expect("hidden_states.0", "embedding", 3, ParityMeasure.Relative, FloatBound);
        _sites["decoder.input"] = value => Comparisons.Rows("hidden_states.0", value);
        _sites["decoder.output"] = value => Comparisons.Rows(Name("hidden_states", layers), value);
        for (var i = 0; i < layers; i++)
        {
            var layer = i;
            Expect($"attentions.{i}", $"decoder layer {i}", 4 + i, ParityMeasure.Relative, FloatBound);
            Expect($"router_logits.{i}", $"decoder layer {i}", 4 + i, ParityMeasure.Relative, FloatBound);
            if (Comparisons.Knows(Name("attentions", i))) _sites[$"decoder.{i}.attention.probabilities"] = value => Attention(layer, value);
            _sites[$"decoder.{i}.router"] = value => Router(layer, value);
            if (i + 1 < layers) _sites[$"decoder.{i}.output"] = value => Comparisons.Rows(Name("hidden_states", layer + 1), value);
            var part = i + 1 < layers ? $"decoder layer {i}" : $"decoder layer {i} and final norm";
            Expect($"hidden_states.{i + 1}", part, 4 + i, ParityMeasure.Relative, FloatBound);
        }

        Expect("logits", "output head", 5 + layers, ParityMeasure.Absolute, FloatBound);
        Expect("aux_loss", "router loss", 6 + layers, ParityMeasure.Absolute, FloatBound);
        Expect("loss", "loss", 6 + layers, ParityMeasure.Absolute, FloatBound);
        Expect("generated_ids", "greedy decoding", 7 + layers, ParityMeasure.Places, 0);
    }

    /// <summary>Layout of the clips' rows after pooling; set after the encoder ran.</summary>
    public Layout? ClipRows { get; set; }

    /// <summary>Router logits of the sparse layers so far, [rows · experts] each.</summary>
    public List<float[]> RouterLogits { get; } = [];

    public ComparisonSet Comparisons { get; }

    /// <summary>The comparison of a recorded tensor; null when it was not recorded.</summary>
    public Comparison? Of(string name) => Comparisons.Of(name);

    public bool Wants(Site site) => _sites.ContainsKey(site.Name);

    public bool Visit(Site site, Matrix value)
    {
        _sites[site.Name](value);
        return false;
    }

    private void Router(int layer, Matrix value)
    {
        RouterLogits.Add(value.Span.ToArray());
        var name = Name("router_logits", layer);
        if (Of(name) is { } comparison)
            Comparisons.Rows(comparison, _recording.Floats(name, _recording.Batch * _recording.Positions, value.Columns), value);
    }

    private void Attention(int layer, Matrix value)
    {
        var sequence = _attentionSequence[layer]++;
        while (_recording.Rows.Length(sequence) == 0) sequence = _attentionSequence[layer]++;
        if (Of(Name("attentions", layer)) is { } comparison) Comparisons.Attention(comparison, sequence, value);
    }

    private void Clips(string prefix, Matrix value)
    {
        if (ClipRows is not { } rows) throw new InvalidOperationException("The layout of the clips is not set yet.");
        for (var clip = 0; clip < rows.Sequences; clip++)
        {
            var name = Name(prefix, clip);
            if (Of(name) is { } comparison)
                comparison.Add(value.RowRange(rows.Starts[clip], rows.Length(clip)).Span, _recording.Floats(name, rows.Length(clip), value.Columns));
        }
    }

    private void Expect(string name, string part, int order, ParityMeasure measure, double bound) =>
        Comparisons.Expect(name, part, order, measure, bound);

    private static string Name(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}.{number}");
}
