namespace Qwen2Audio.Model.FrameCodec;

/// <summary>Quantised rows → audio: a projection, a causal convolution, blocks, and a head for magnitudes and phases.</summary>
public sealed class FrameDecoder
{
    private const float Eps = 1e-5f;
    private static readonly Site Input = new("decoder.input");
    private static readonly Site Output = new("decoder.output");
    private readonly (IWeight Weight, IWeight Bias) _in;
    private readonly ConvSpec _convSpec;
    private readonly int _convState;
    private readonly (IWeight Kernel, IWeight Bias) _conv;
    private readonly (IWeight Gain, IWeight Bias) _inNorm;
    private readonly FrameBlock[] _blocks;
    private readonly (IWeight Gain, IWeight Bias) _outNorm;
    private readonly (IWeight Weight, IWeight Bias) _head;
    private readonly SynthesisSpec _synthesis;
    private readonly int _synthesisState;

    /// <summary>Requests the weights: <c>in</c>, <c>conv</c>, <c>in_norm</c>, <c>blocks.I</c>, <c>out_norm</c>, <c>head</c>.</summary>
    internal FrameDecoder(FrameCodecConfig config, IWeights weights, StateIndices states)
    {
        var (width, kernel) = (config.DecoderWidth, config.DecoderKernel);
        _in = (weights.Get("in.weight", width, config.Dimension), weights.Get("in.bias", width));
        (_convSpec, _convState) = (ConvSpec.Framed(kernel), states.Next());
        _conv = (weights.Get("conv.weight", width, width, kernel), weights.Get("conv.bias", width));
        _inNorm = (weights.Get("in_norm.weight", width), weights.Get("in_norm.bias", width));
        _blocks = FrameBlock.All("decoder", weights, states, config.DecoderBlocks, width, config.DecoderInner, config.Kernel, config.DecoderLookAhead);
        _outNorm = (weights.Get("out_norm.weight", width), weights.Get("out_norm.bias", width));
        (_synthesis, _synthesisState) = (config.Synthesis, states.Next());
        _head = (weights.Get("head.weight", _synthesis.Columns, width), weights.Get("head.bias", _synthesis.Columns));
    }

    /// <summary>Sites for probes.</summary>
    public IEnumerable<Site> Sites => [Input, .. _blocks.SelectMany(block => block.Sites), Output];

    /// <summary>[frames, dimension] → [samples, 1]; the layout becomes that of the samples. With a state, frames may come in pieces.</summary>
    public T Forward<T>(IOps<T> ops, T frames, ref Layout rows, IState? state = null)
    {
        ops.Tap(Input, frames);
        var h = ops.Linear(frames, _in.Weight, _in.Bias);
        h = ops.Conv1d(h, _conv.Kernel, _conv.Bias, _convSpec, rows, state, _convState);
        h = ops.LayerNorm(h, _inNorm.Gain, _inNorm.Bias, Eps);
        foreach (var block in _blocks) h = block.Forward(ops, h, ref rows, state);
        h = ops.Linear(ops.LayerNorm(h, _outNorm.Gain, _outNorm.Bias, Eps), _head.Weight, _head.Bias);
        var sound = ops.Synthesise(h, _synthesis, rows, state, _synthesisState);
        rows = rows.Convolved(_synthesis.Overlap);
        ops.Tap(Output, sound);
        return sound;
    }
}
