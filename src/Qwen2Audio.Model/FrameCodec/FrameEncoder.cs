namespace Qwen2Audio.Model.FrameCodec;

/// <summary>Audio → rows to be quantised: features, a linear layer, blocks, a projection.</summary>
public sealed class FrameEncoder
{
    private const float Eps = 1e-5f;
    private static readonly Site Input = new("encoder.input");
    private static readonly Site Output = new("encoder.output");
    private readonly AnalysisSpec _analysis;
    private readonly int _analysisState;
    private readonly (IWeight Weight, IWeight Bias) _in;
    private readonly (IWeight Gain, IWeight Bias) _inNorm;
    private readonly FrameBlock[] _blocks;
    private readonly (IWeight Gain, IWeight Bias) _outNorm;
    private readonly (IWeight Weight, IWeight Bias) _out;

    /// <summary>Requests the weights: <c>in</c>, <c>in_norm</c>, <c>blocks.I</c>, <c>out_norm</c>, <c>out</c>.</summary>
    internal FrameEncoder(FrameCodecConfig config, IWeights weights, StateIndices states)
    {
        var width = config.EncoderWidth;
        (_analysis, _analysisState) = (config.Analysis, states.Next());
        _in = (weights.Get("in.weight", width, _analysis.Columns), weights.Get("in.bias", width));
        _inNorm = (weights.Get("in_norm.weight", width), weights.Get("in_norm.bias", width));
        _blocks = FrameBlock.All("encoder", weights, states, config.EncoderBlocks, width, config.EncoderInner, config.Kernel, config.EncoderLookAhead);
        _outNorm = (weights.Get("out_norm.weight", width), weights.Get("out_norm.bias", width));
        _out = (weights.Get("out.weight", config.Dimension, width), weights.Get("out.bias", config.Dimension));
    }

    /// <summary>Sites for probes.</summary>
    public IEnumerable<Site> Sites => [Input, .. _blocks.SelectMany(block => block.Sites), Output];

    /// <summary>[samples, 1] → [frames, dimension]; the layout becomes that of the frames. With a state, audio may come in pieces.</summary>
    public T Forward<T>(IOps<T> ops, T sound, ref Layout rows, IState? state = null)
    {
        var h = ops.Analyse(sound, _analysis, rows, state, _analysisState);
        rows = rows.Convolved(_analysis.Frames);
        h = ops.LayerNorm(ops.Linear(h, _in.Weight, _in.Bias), _inNorm.Gain, _inNorm.Bias, Eps);
        ops.Tap(Input, h);
        foreach (var block in _blocks) h = block.Forward(ops, h, ref rows, state);
        h = ops.Linear(ops.LayerNorm(h, _outNorm.Gain, _outNorm.Bias, Eps), _out.Weight, _out.Bias);
        ops.Tap(Output, h);
        return h;
    }
}
