using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Model.Codec;

/// <summary>A convolution of a codec, with bias: weights <c>weight</c> [out, in, taps] (or its length and direction) and <c>bias</c>.</summary>
internal sealed class ConvLayer
{
    private readonly IWeight _kernel;
    private readonly IWeight _bias;
    private readonly ConvSpec _spec;

    public ConvLayer(CodecConfig config, IWeights weights, int inputs, int outputs, int kernel, int stride = 1, int dilation = 1)
    {
        _spec = config.Padding == CodecPadding.Even
            ? ConvSpec.Even(kernel, stride, dilation, mode: config.PadMode)
            : ConvSpec.Framed(kernel, stride, dilation, 1, config.Padding == CodecPadding.Causal, config.PadMode);
        _kernel = config.WeightNorm
            ? NormedWeight.Of(weights, "weight", outputs, inputs, kernel) : weights.Get("weight", outputs, inputs, kernel);
        _bias = weights.Get("bias", outputs);
    }

    /// <summary>[rows, in] → [rows / stride, out]; the layout becomes that of the result.</summary>
    public T Forward<T>(IOps<T> ops, T x, ref Layout rows)
    {
        var y = ops.Conv1d(x, _kernel, _bias, _spec, rows);
        rows = rows.Convolved(_spec);
        return y;
    }
}
