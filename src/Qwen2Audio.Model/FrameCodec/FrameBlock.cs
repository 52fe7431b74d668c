namespace Qwen2Audio.Model.FrameCodec;

/// <summary>
/// x + scale · fc2(gelu(fc1(norm(conv(x))))), a ConvNeXt block over time (2201.03545). The depthwise convolution reads earlier frames and, with
/// look-ahead, also later ones.
/// </summary>
internal sealed class FrameBlock
{
    private const float Eps = 1e-5f;
    private readonly int _index;
    private readonly LayerSites _sites;
    private readonly ConvSpec _spec;
    private readonly int _convolution;
    private readonly int _delay;
    private readonly (IWeight Kernel, IWeight Bias) _conv;
    private readonly (IWeight Gain, IWeight Bias) _norm;
    private readonly MlpWeights _mlp;
    private readonly IWeight _scale;

    public FrameBlock(string side, IWeights weights, StateIndices states, int index, int width, int inner, int kernel, int lookAhead)
    {
        (_index, _sites) = (index, new LayerSites($"{side}.{index}"));
        _spec = new ConvSpec(kernel, 1, width, kernel - 1 - lookAhead, lookAhead);
        (_convolution, _delay) = (states.Next(), states.Next());
        _conv = (weights.Get("conv.weight", width, 1, kernel), weights.Get("conv.bias", width));
        _norm = (weights.Get("norm.weight", width), weights.Get("norm.bias", width));
        _mlp = new MlpWeights(
            weights.Get("fc1.weight", inner, width), weights.Get("fc1.bias", inner),
            weights.Get("fc2.weight", width, inner), weights.Get("fc2.bias", width));
        _scale = weights.Get("scale", width);
    }

    /// <summary>Sites for probes.</summary>
    public IEnumerable<Site> Sites => [_sites.FeedForward, _sites.Output];

    /// <summary>The blocks <c>blocks.I</c> of the encoder or decoder (<paramref name="side"/>); only the first has look-ahead.</summary>
    public static FrameBlock[] All(string side, IWeights weights, StateIndices states, int count, int width, int inner, int kernel, int lookAhead) =>
        [.. Enumerable.Range(0, count).Select(i => new FrameBlock(side, weights.Sub($"blocks.{i}"), states, i, width, inner, kernel, i == 0 ? lookAhead : 0))];

    /// <summary>[frames, width] → [frames, width]; the layout becomes that of the result.</summary>
    public T Forward<T>(IOps<T> ops, T x, ref Layout rows, IState? state)
    {
        var y = ops.Layer(_index, x, (Block: this, rows, state), static (ops, x, on) => on.Block.Body(ops, x, on.rows, on.state));
        rows = rows.Convolved(_spec);
        ops.Tap(_sites.Output, y);
        return y;
    }

    private T Body<T>(IOps<T> ops, T x, Layout rows, IState? state)
    {
        var h = ops.Conv1d(x, _conv.Kernel, _conv.Bias, _spec, rows, state, _convolution);
        h = ops.Mlp(ops.LayerNorm(h, _norm.Gain, _norm.Bias, Eps), _mlp, Activation.Gelu);
        ops.Tap(_sites.FeedForward, h);
        if (_spec.Lag > 0) x = ops.Delay(x, rows, rows.Convolved(_spec), _spec.Lag, state, _delay);
        ops.Accumulate(ref x, h, _scale);
        return x;
    }
}
