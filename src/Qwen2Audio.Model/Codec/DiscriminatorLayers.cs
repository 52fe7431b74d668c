namespace Qwen2Audio.Model.Codec;

/// <summary>The convolutions of a discriminator: strided layers of growing width, whose outputs are its features, then one that gives the scores.</summary>
public sealed class DiscriminatorLayers
{
    private readonly float _slope;
    private readonly ConvSpec _spec;
    private readonly ConvSpec _lastSpec;
    private readonly (IWeight Kernel, IWeight Bias)[] _layers;
    private readonly (IWeight Kernel, IWeight Bias) _last;

    /// <summary>Requests the weights: <c>conv.L.weight</c>, <c>conv.L.bias</c>, <c>out.weight</c>, <c>out.bias</c>.</summary>
    public DiscriminatorLayers(DiscriminatorConfig config, int inputs, IWeights weights)
    {
        _slope = config.Slope;
        _spec = new ConvSpec(config.Kernel, config.Stride, 1, config.Kernel / 2, config.Kernel / 2);
        _lastSpec = new ConvSpec(config.LastKernel, 1, 1, config.LastKernel / 2, config.LastKernel / 2);
        _layers = new (IWeight, IWeight)[config.Layers];
        var outputs = config.Channels;
        for (var i = 0; i < _layers.Length; i++, inputs = outputs, outputs = checked(2 * outputs))
            _layers[i] = (weights.Get($"conv.{i}.weight", outputs, inputs, config.Kernel), weights.Get($"conv.{i}.bias", outputs));
        _last = (weights.Get("out.weight", 1, inputs, config.LastKernel), weights.Get("out.bias", 1));
    }

    /// <summary>Sequences [rows, inputs] → scores and features.</summary>
    public DiscriminatorOutput<T> Forward<T>(IOps<T> ops, T h, Layout rows)
    {
        var features = new T[_layers.Length];
        for (var i = 0; i < _layers.Length; i++)
        {
            h = ops.Activate(ops.Conv1d(h, _layers[i].Kernel, _layers[i].Bias, _spec, rows), ActivationSpec.LeakyRelu(_slope));
            rows = rows.Convolved(_spec);
            features[i] = h;
        }

        return new DiscriminatorOutput<T>(ops.Conv1d(h, _last.Kernel, _last.Bias, _lastSpec, rows), features);
    }
}
