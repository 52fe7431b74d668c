namespace Qwen2Audio.Model.Codec;

/// <summary>h + conv2(act2(conv1(act1(h)))), with a smaller inner width; the first convolution is dilated, the second has one tap.</summary>
internal sealed class ResidualUnit
{
    private readonly ActivationLayer _act1;
    private readonly ConvLayer _conv1;
    private readonly ActivationLayer _act2;
    private readonly ConvLayer _conv2;
    private readonly ConvLayer? _shortcut;
    private readonly int _stateIndex;

    public ResidualUnit(CodecConfig config, IWeights weights, StateIndices indices, int channels, int dilation)
    {
        var inner = channels / config.Compress;
        _act1 = new ActivationLayer(config, weights.Sub("act1"), channels);
        _conv1 = new ConvLayer(config, weights.Sub("conv1"), indices, channels, inner, config.ResidualKernel, dilation: dilation);
        _act2 = new ActivationLayer(config, weights.Sub("act2"), inner);
        _conv2 = new ConvLayer(config, weights.Sub("conv2"), indices, inner, channels, 1);
        _shortcut = config.ConvShortcut ? new ConvLayer(config, weights.Sub("shortcut"), indices, channels, channels, 1) : null;
        _stateIndex = indices.Next();
    }

    /// <summary>The units of one stage, <c>unit.J</c> with dilation DilationBaseᴶ.</summary>
    public static ResidualUnit[] OfStage(CodecConfig config, IWeights stage, StateIndices indices, int channels)
    {
        var units = new ResidualUnit[config.ResidualUnits];
        for (var (j, dilation) = (0, 1); j < units.Length; j++, dilation = checked(dilation * config.DilationBase))
            units[j] = new ResidualUnit(config, stage.Sub($"unit.{j}"), indices, channels, dilation);
        return units;
    }

    /// <summary>[rows, channels] → [rows, channels]; h may be overwritten. The layout becomes that of the result.</summary>
    public T Forward<T>(IOps<T> ops, T h, ref Layout rows, IState? state)
    {
        h = ops.Layer(_stateIndex, h, (Unit: this, rows, state), static (ops, h, on) => on.Unit.Body(ops, h, on.rows, on.state));
        rows = rows.Convolved(_conv1.Spec).Convolved(_conv2.Spec);
        return h;
    }

    private T Body<T>(IOps<T> ops, T h, Layout rows, IState? state)
    {
        var (inside, around) = (rows, rows);
        var delta = _conv1.Forward(ops, _act1.Forward(ops, h), ref inside, state);
        delta = _conv2.Forward(ops, _act2.Forward(ops, delta), ref inside, state);
        if (_shortcut is not null) h = _shortcut.Forward(ops, h, ref around, state);
        if (_conv1.Spec.Lag > 0) h = ops.Delay(h, around, inside, _conv1.Spec.Lag, state, _stateIndex);
        ops.Accumulate(ref h, delta);
        return h;
    }
}
