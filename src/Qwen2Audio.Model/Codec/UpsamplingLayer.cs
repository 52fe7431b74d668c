using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Model.Codec;

/// <summary>A transposed convolution with bias: weights <c>weight</c> [in, out, taps] (or its length and direction) and <c>bias</c>.</summary>
internal sealed class UpsamplingLayer
{
    private readonly IWeight _kernel;
    private readonly IWeight _bias;
    private readonly TransposedConvSpec _spec;
    private readonly int _stateIndex;

    public UpsamplingLayer(CodecConfig config, IWeights weights, StateIndices indices, int inputs, int outputs, int kernel, int stride)
    {
        _stateIndex = indices.Next();
        _spec = config.Padding == CodecPadding.Even
            ? TransposedConvSpec.Even(kernel, stride)
            : TransposedConvSpec.Framed(kernel, stride, 1, config.Padding == CodecPadding.Causal, config.TrimRightRatio);
        _kernel = NormedWeight.OrPlain(weights, "weight", config.WeightNorm, inputs, outputs, kernel);
        _bias = weights.Get("bias", outputs);
    }

    /// <summary>[rows, in] → [rows · stride, out]; the layout becomes that of the result.</summary>
    public T Forward<T>(IOps<T> ops, T x, ref Layout rows, IState? state)
    {
        var y = ops.ConvTranspose1d(x, _kernel, _bias, _spec, rows, state, _stateIndex);
        rows = rows.Convolved(_spec);
        return y;
    }
}
