namespace Qwen2Audio.Model.Codec;

/// <summary>
/// Divides each waveform into interleaved sequences (sequence j has the samples j, j + period, j + 2 · period, …) and runs the
/// same convolutions over each. Waveforms are zero-padded to a multiple of the period.
/// </summary>
public sealed class PeriodDiscriminator
{
    private readonly int _period;
    private readonly float _slope;
    private readonly ConvSpec _spec;
    private readonly ConvSpec _lastSpec;
    private readonly (IWeight Kernel, IWeight Bias)[] _layers;
    private readonly (IWeight Kernel, IWeight Bias) _last;

    /// <summary>Requests the weights: <c>conv.L.weight</c>, <c>conv.L.bias</c>, <c>out.weight</c>, <c>out.bias</c>.</summary>
    public PeriodDiscriminator(DiscriminatorConfig config, int period, IWeights weights)
    {
        (_period, _slope) = (period, config.Slope);
        _spec = new ConvSpec(config.Kernel, config.Stride, 1, config.Kernel / 2, config.Kernel / 2);
        _lastSpec = new ConvSpec(config.LastKernel, 1, 1, config.LastKernel / 2, config.LastKernel / 2);
        _layers = new (IWeight, IWeight)[config.Layers];
        var (inputs, outputs) = (1, config.Channels);
        for (var i = 0; i < _layers.Length; i++, inputs = outputs, outputs = checked(2 * outputs))
            _layers[i] = (weights.Get($"conv.{i}.weight", outputs, inputs, config.Kernel), weights.Get($"conv.{i}.bias", outputs));
        _last = (weights.Get("out.weight", 1, inputs, config.LastKernel), weights.Get("out.bias", 1));
    }

    /// <summary>The discriminators of a configuration, <c>0</c>, <c>1</c>, … under <paramref name="weights"/>.</summary>
    public static IReadOnlyList<PeriodDiscriminator> All(DiscriminatorConfig config, IWeights weights)
    {
        var all = new PeriodDiscriminator[config.Periods.Count];
        for (var i = 0; i < all.Length; i++) all[i] = new PeriodDiscriminator(config, config.Periods[i], weights.Sub($"{i}"));
        return all;
    }

    /// <summary>Waveforms [samples, 1] → scores and features, rows ordered by waveform, then by interleaved sequence.</summary>
    public DiscriminatorOutput<T> Forward<T>(IOps<T> ops, T waveforms, Layout rows)
    {
        var h = Interleave(ops, waveforms, ref rows);
        var features = new T[_layers.Length];
        for (var i = 0; i < _layers.Length; i++)
        {
            h = ops.Activate(ops.Conv1d(h, _layers[i].Kernel, _layers[i].Bias, _spec, rows), ActivationSpec.LeakyRelu(_slope));
            rows = rows.Convolved(_spec);
            features[i] = h;
        }

        return new DiscriminatorOutput<T>(ops.Conv1d(h, _last.Kernel, _last.Bias, _lastSpec, rows), features);
    }

    private T Interleave<T>(IOps<T> ops, T waveforms, ref Layout rows)
    {
        var places = new int[rows.Rows];
        var lengths = new int[checked(rows.Sequences * _period)];
        var start = 0;
        for (var b = 0; b < rows.Sequences; b++)
        {
            var samples = rows.Length(b);
            var length = (samples + _period - 1) / _period;
            for (var i = 0; i < samples; i++) places[rows.Starts[b] + i] = start + i % _period * length + i / _period;
            lengths.AsSpan(b * _period, _period).Fill(length);
            start = checked(start + _period * length);
        }

        var interleaved = ops.Input(new float[start], start, 1);
        ops.PutRows(ref interleaved, places, waveforms);
        rows = Layout.Of(lengths);
        return interleaved;
    }
}
