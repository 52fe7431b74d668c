namespace Qwen2Audio.Model.Codec;

/// <summary>A transposed convolution with bias: weights <c>weight</c> [in, out, taps] (or its norm and direction) and <c>bias</c>.</summary>
internal sealed class UpsamplingLayer
{
    private readonly IWeight _kernel;
    private readonly IWeight _bias;
    private readonly TransposedConvSpec _spec;
    private readonly (IWeight Gain, IWeight Bias)? _norm;
    private readonly int _stateIndex;

    public UpsamplingLayer(CodecConfig config, IWeights weights, StateIndices indices, int inputs, int outputs, int kernel, int stride)
    {
        _stateIndex = indices.Next();
        _spec = config.Padding == CodecPadding.Even
            ? TransposedConvSpec.Even(kernel, stride)
            : TransposedConvSpec.Framed(kernel, stride, 1, config.Padding == CodecPadding.Causal, config.TrimRightRatio);
        _kernel = NormedWeight.OrPlain(weights, "weight", config.WeightNorm, inputs, outputs, kernel);
        _bias = weights.Get("bias", outputs);
        if (config.SequenceNorm) _norm = (weights.Get("norm.weight", outputs), weights.Get("norm.bias", outputs));
    }

    /// <summary>[rows, in] → [rows · stride, out]; the layout becomes that of the result.</summary>
    public T Forward<T>(IOps<T> ops, T x, ref Layout rows, IState? state)
    {
        if (_norm is { } norm) return Normalised(ops, x, norm.Gain, norm.Bias, ref rows);
        var y = ops.ConvTranspose1d(x, _kernel, _bias, _spec, rows, state, _stateIndex);
        rows = rows.Convolved(_spec);
        return y;
    }

    /// <summary>The norm includes the rows that are trimmed afterwards.</summary>
    private T Normalised<T>(IOps<T> ops, T x, IWeight gain, IWeight bias, ref Layout rows)
    {
        var uncut = _spec with { TrimLeft = 0, TrimRight = 0 };
        var (all, kept) = (rows.Convolved(uncut), rows.Convolved(_spec));
        var y = ops.LayerNorm(ops.ConvTranspose1d(x, _kernel, _bias, uncut, rows), gain, bias, ConvLayer.NormEps, all);
        var places = new int[kept.Rows];
        for (var s = 0; s < kept.Sequences; s++)
            for (var i = 0; i < kept.Length(s); i++) places[kept.Starts[s] + i] = all.Starts[s] + _spec.TrimLeft + i;
        rows = kept;
        return ops.TakeRows(y, places);
    }
}
