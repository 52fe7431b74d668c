namespace Qwen2Audio.Model.Codec;

/// <summary>Frames → audio: the encoder's stages in reverse order, each beginning with a transposed convolution that upsamples.</summary>
internal sealed class CodecDecoder
{
    private static readonly Site Output = new("decoder.output");
    private readonly ConvLayer _in;
    private readonly LstmLayerWeights[] _lstm;
    private readonly int _lstmStateIndex;
    private readonly (ActivationLayer Act, UpsamplingLayer Up, ResidualUnit[] Units, Site Output)[] _stages;
    private readonly ActivationLayer _act;
    private readonly ConvLayer _out;
    private readonly bool _tanh;

    /// <summary>Requests the weights: <c>in</c>, <c>lstm</c>, <c>S.act</c>, <c>S.up</c>, <c>S.unit.J</c>, <c>act</c>, <c>out</c>; stage S = 0 is the first.</summary>
    public CodecDecoder(CodecConfig config, IWeights weights, StateIndices? indices = null)
    {
        indices ??= new StateIndices();
        var channels = config.DecoderChannels ?? checked(config.Channels << config.Strides.Count);
        _in = new ConvLayer(config, weights.Sub("in"), indices, config.Dimension, channels, config.Kernel);
        _lstmStateIndex = indices.Next();
        _lstm = LstmBlock.Layers(config, weights.Sub("lstm"), channels);
        _stages = new (ActivationLayer, UpsamplingLayer, ResidualUnit[], Site)[config.Strides.Count];
        for (var s = 0; s < _stages.Length; s++, channels /= 2)
        {
            var (stage, stride) = (weights.Sub($"{s}"), config.Strides[^(s + 1)]);
            _stages[s] = (
                new ActivationLayer(config, stage.Sub("act"), channels),
                new UpsamplingLayer(config, stage.Sub("up"), indices, channels, channels / 2, 2 * stride, stride),
                ResidualUnit.OfStage(config, stage, indices, channels / 2), new Site($"decoder.{s}.output"));
        }

        _act = new ActivationLayer(config, weights.Sub("act"), channels);
        _out = new ConvLayer(config, weights.Sub("out"), indices, channels, config.AudioChannels, config.DecoderLastKernel ?? config.LastKernel);
        _tanh = config.FinalTanh;
    }

    /// <summary>Sites for probes.</summary>
    public IEnumerable<Site> Sites => [.. _stages.Select(stage => stage.Output), Output];

    /// <summary>[frames, dimension] → [samples, audio channels]; the layout becomes that of the samples. With a state, frames may come in pieces.</summary>
    public T Forward<T>(IOps<T> ops, T frames, ref Layout rows, IState? state = null)
    {
        var h = _in.Forward(ops, frames, ref rows, state);
        if (_lstm.Length > 0) h = ops.Lstm(h, _lstm, rows, state, _lstmStateIndex);
        foreach (var (act, up, units, output) in _stages)
        {
            h = up.Forward(ops, act.Forward(ops, h), ref rows, state);
            foreach (var unit in units) h = unit.Forward(ops, h, ref rows, state);
            ops.Tap(output, h);
        }

        h = _out.Forward(ops, _act.Forward(ops, h), ref rows, state);
        if (_tanh) h = ops.Activate(h, Activation.Tanh);
        ops.Tap(Output, h);
        return h;
    }
}
