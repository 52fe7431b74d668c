namespace Qwen2Audio.Model.Codec;

/// <summary>A convolution of a codec, with bias: weights <c>weight</c> [out, in, taps] (or its norm and direction) and <c>bias</c>.</summary>
internal sealed class ConvLayer
{
    internal const float NormEps = 1e-5f;
    private readonly IWeight _kernel;
    private readonly IWeight _bias;
    private readonly (IWeight Gain, IWeight Bias)? _norm;
    private readonly int _stateIndex;

    public ConvLayer(
        CodecConfig config, IWeights weights, StateIndices indices, int inputs, int outputs, int kernel, int stride = 1, int dilation = 1)
    {
        _stateIndex = indices.Next();
        Spec = config.Padding == CodecPadding.Even
            ? ConvSpec.Even(kernel, stride, dilation, mode: config.PadMode)
            : ConvSpec.Framed(kernel, stride, dilation, 1, config.Padding == CodecPadding.Causal, config.PadMode);
        _kernel = NormedWeight.OrPlain(weights, "weight", config.WeightNorm, outputs, inputs, kernel);
        _bias = weights.Get("bias", outputs);
        if (config.SequenceNorm) _norm = (weights.Get("norm.weight", outputs), weights.Get("norm.bias", outputs));
    }

    public ConvSpec Spec { get; }

    /// <summary>[rows, in] → [rows / stride, out]; the layout becomes that of the result.</summary>
    public T Forward<T>(IOps<T> ops, T x, ref Layout rows, IState? state)
    {
        var y = ops.Conv1d(x, _kernel, _bias, Spec, rows, state, _stateIndex);
        rows = rows.Convolved(Spec);
        return _norm is { } norm ? ops.LayerNorm(y, norm.Gain, norm.Bias, NormEps, rows) : y;
    }
}
