namespace Qwen2Audio.Model.Codec;

/// <summary>Audio → frames: a convolution, stages of residual units that downsample by their strides and double the width, and a convolution.</summary>
internal sealed class CodecEncoder
{
    private static readonly Site Input = new("encoder.input");
    private readonly ConvLayer _in;
    private readonly (ResidualUnit[] Units, ActivationLayer Act, ConvLayer Down, Site Output)[] _stages;
    private readonly LstmLayerWeights[] _lstm;
    private readonly int _lstmStateIndex;
    private readonly ActivationLayer _act;
    private readonly ConvLayer _out;

    /// <summary>Requests the weights: <c>in</c>, <c>S.unit.J</c>, <c>S.act</c>, <c>S.down</c>, <c>lstm</c>, <c>act</c>, <c>out</c>.</summary>
    public CodecEncoder(CodecConfig config, IWeights weights, StateIndices? indices = null)
    {
        indices ??= new StateIndices();
        var channels = config.Channels;
        _in = new ConvLayer(config, weights.Sub("in"), indices, config.AudioChannels, channels, config.Kernel);
        _stages = new (ResidualUnit[], ActivationLayer, ConvLayer, Site)[config.Strides.Count];
        for (var s = 0; s < _stages.Length; s++, channels = checked(2 * channels))
        {
            var (stage, stride) = (weights.Sub($"{s}"), config.Strides[s]);
            _stages[s] = (
                ResidualUnit.OfStage(config, stage, indices, channels), new ActivationLayer(config, stage.Sub("act"), channels),
                new ConvLayer(config, stage.Sub("down"), indices, channels, 2 * channels, 2 * stride, stride), new Site($"encoder.{s}.output"));
        }

        _lstmStateIndex = indices.Next();
        _lstm = LstmBlock.Layers(config, weights.Sub("lstm"), channels);
        _act = new ActivationLayer(config, weights.Sub("act"), channels);
        _out = new ConvLayer(config, weights.Sub("out"), indices, channels, config.Dimension, config.LastKernel);
    }

    /// <summary>Sites for probes.</summary>
    public IEnumerable<Site> Sites => [Input, .. _stages.Select(stage => stage.Output)];

    /// <summary>[samples, audio channels] → [frames, dimension]; the layout becomes that of the frames. With a state, audio may come in pieces.</summary>
    public T Forward<T>(IOps<T> ops, T samples, ref Layout rows, IState? state = null)
    {
        var h = _in.Forward(ops, samples, ref rows, state);
        ops.Tap(Input, h);
        foreach (var (units, act, down, output) in _stages)
        {
            foreach (var unit in units) h = unit.Forward(ops, h, ref rows, state);
            h = down.Forward(ops, act.Forward(ops, h), ref rows, state);
            ops.Tap(output, h);
        }

        if (_lstm.Length > 0) h = ops.Lstm(h, _lstm, rows, state, _lstmStateIndex);
        return _out.Forward(ops, _act.Forward(ops, h), ref rows, state);
    }
}
