using System.Text.RegularExpressions;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Whisper;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Parity;

/// <summary>
/// Compares a Whisper model's values with the recorded outputs while it runs. Tensors named "….strideK" hold every K-th position of
/// the time axis.
/// </summary>
internal sealed partial class WhisperOutputs : IProbe
{
    private readonly Recording _recording;
    private readonly Dictionary<string, Action<Matrix>> _sites = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Name, int Stride)> _recorded = new(StringComparer.Ordinal);
    private readonly int[] _selfSequence;
    private readonly int[] _crossSequence;

    public WhisperOutputs(Recording recording, WhisperConfig config)
    {
        _recording = recording;
        var (encoderLayers, decoderLayers) = (config.Encoder.EncoderLayers, config.DecoderLayers);
        (_selfSequence, _crossSequence) = (new int[decoderLayers], new int[decoderLayers]);
        Comparisons = new ComparisonSet(recording);
        foreach (var name in recording.Names)
        {
            var match = Strided().Match(name);
            var whole = match.Success ? name[..match.Index] : name;
            _recorded[whole] = (name, match.Success ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 1);
        }

        Comparisons.Expect(RecordedFeatures.Name, "log-mel", 0, ParityMeasure.Absolute, ComparisonSet.MelBound);
        Expect("encoder_hidden_states.0", "encoder convolutions and positions", 1);
        _sites["encoder.input"] = value => Audio("encoder_hidden_states.0", value);
        for (var i = 0; i < encoderLayers; i++)
        {
            var last = i + 1 == encoderLayers ? " and final norm" : "";
            var name = Name("encoder_hidden_states", i + 1);
            Expect(name, $"encoder layer {i}{last}", 2 + i);
            if (i + 1 < encoderLayers) _sites[$"encoder.{i}.output"] = value => Audio(name, value);
        }

        var order = 2 + encoderLayers;
        Expect("encoder_last_hidden_state", "encoder", order++);
        _sites["encoder.output"] = value =>
        {
            Audio(Name("encoder_hidden_states", encoderLayers), value);
            Audio("encoder_last_hidden_state", value);
        };
        _sites["decoder.input"] = value => Comparisons.Rows("decoder_hidden_states.0", value);
        _sites["decoder.output"] = value => Comparisons.Rows(Name("decoder_hidden_states", decoderLayers), value);
        Expect("decoder_hidden_states.0", "decoder embedding", order++);
        for (var i = 0; i < decoderLayers; i++, order++)
        {
            var (layer, name) = (i, Name("decoder_hidden_states", i + 1));
            Expect(Name("decoder_attentions", i), $"decoder layer {i}", order);
            Expect(Name("cross_attentions", i), $"decoder layer {i}", order);
            if (_recorded.ContainsKey(Name("decoder_attentions", i))) _sites[$"decoder.{i}.attention.probabilities"] = value => SelfAttention(layer, value);
            if (_recorded.ContainsKey(Name("cross_attentions", i))) _sites[$"decoder.{i}.cross.probabilities"] = value => CrossAttention(layer, value);
            if (i + 1 < decoderLayers) _sites[$"decoder.{i}.output"] = value => Comparisons.Rows(name, value);
            var last = i + 1 == decoderLayers ? " and final norm" : "";
            Expect(name, $"decoder layer {i}{last}", order);
        }

        Comparisons.Expect("logits", "output layer", order++, ParityMeasure.Absolute, ComparisonSet.FloatBound);
        Comparisons.Expect("generated_ids", "greedy decoding", order, ParityMeasure.Places, 0);
    }

    public ComparisonSet Comparisons { get; }

    /// <summary>Layout of the clips' encoder rows.</summary>
    public Layout? AudioRows { get; set; }

    public bool Wants(Site site) => _sites.ContainsKey(site.Name);

    public bool Visit(Site site, Matrix value)
    {
        _sites[site.Name](value);
        return false;
    }

    /// <summary>Compares our [audio rows, width] with [clips, every K-th row, width].</summary>
    private void Audio(string whole, Matrix value)
    {
        if (Of(whole, out var stride) is not { } comparison) return;
        var rows = AudioRows ?? throw new InvalidOperationException("The layout of the clips is not set yet.");
        var kept = Kept(rows.Length(0), stride);
        var recorded = _recording.Floats(comparison.Tensor, rows.Sequences, kept, value.Columns);
        for (var clip = 0; clip < rows.Sequences; clip++)
        {
            for (var i = 0; i < kept; i++)
                comparison.Add(value.Row(rows.Starts[clip] + i * stride), recorded.AsSpan((clip * kept + i) * value.Columns, value.Columns));
        }
    }

    private void SelfAttention(int layer, Matrix value)
    {
        if (Comparisons.Of(Name("decoder_attentions", layer)) is { } self) Comparisons.Attention(self, Next(_selfSequence, layer), value);
    }

    /// <summary>Compares one sequence's [heads · rows, audio rows] with [the first clips, heads, positions, every K-th audio row].</summary>
    private void CrossAttention(int layer, Matrix value)
    {
        var sequence = Next(_crossSequence, layer);
        if (Of(Name("cross_attentions", layer), out var stride) is not { } comparison) return;
        var (start, count) = (_recording.Rows.Starts[sequence], _recording.Rows.Length(sequence));
        var (heads, kept, clips) = (value.Rows / count, Kept(value.Columns, stride), _recording.Shape(comparison.Tensor, 4)[0]);
        var recorded = _recording.Floats(comparison.Tensor, clips, heads, _recording.Positions, kept);
        if (sequence >= clips) return;
        for (var head = 0; head < heads; head++)
        {
            for (var i = 0; i < count; i++)
            {
                var ours = value.Row(head * count + i);
                var place = _recording.Places[start + i] % _recording.Positions;
                var theirs = recorded.AsSpan(((sequence * heads + head) * _recording.Positions + place) * kept, kept);
                for (var j = 0; j < kept; j++) comparison.Add(ours[j * stride], theirs[j]);
            }
        }
    }

    private int Next(int[] sequences, int layer)
    {
        var sequence = sequences[layer]++;
        while (_recording.Rows.Length(sequence) == 0) sequence = sequences[layer]++;
        return sequence;
    }

    private Comparison? Of(string whole, out int stride)
    {
        var known = _recorded.TryGetValue(whole, out var recorded);
        stride = recorded.Stride;
        return known ? Comparisons.Of(recorded.Name) : null;
    }

    private void Expect(string whole, string part, int order)
    {
        if (_recorded.TryGetValue(whole, out var recorded))
            Comparisons.Expect(recorded.Name, part, order, ParityMeasure.Relative, ComparisonSet.FloatBound);
    }

    private static int Kept(int rows, int stride) => (rows + stride - 1) / stride;

    private static string Name(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}.{number}");

    [GeneratedRegex(@"\.stride([1-9][0-9]{0,5})$")]
    private static partial Regex Strided();
}
