namespace Qwen2Audio.Model.AudioEncoder;

/// <summary>
/// One pre-norm block of a Whisper-type encoder: attention over the whole clip, or in chunks, and an MLP. In our small models a residual depthwise
/// convolution over time precedes them, with which small transformers learn speech far sooner (docs/log.md).
/// </summary>
internal sealed class EncoderLayer
{
    private const float Eps = 1e-5f;
    private readonly int _index;
    private readonly int _timeState;
    private readonly int _attentionState;
    private readonly LayerSites _sites;
    private readonly AttentionSpec _attention;
    private readonly RopeSpec? _rope;
    private readonly ConvSpec _timeSpec;
    private readonly (IWeight Gain, IWeight Bias, IWeight Kernel, IWeight KernelBias)? _time;
    private readonly (IWeight Gain, IWeight Bias) _attentionNorm;
    private readonly QkvWeights _qkv;
    private readonly (IWeight Weight, IWeight Bias) _output;
    private readonly (IWeight Gain, IWeight Bias) _mlpNorm;
    private readonly MlpWeights _mlp;
    private readonly Activation _activation;

    public EncoderLayer(AudioEncoderConfig config, int index, IWeights weights, StateIndices indices)
    {
        var width = config.DModel;
        var headDim = width / config.EncoderAttentionHeads;
        (_index, _timeState, _attentionState) = (index, indices.Next(), indices.Next());
        _sites = new LayerSites($"encoder.{index}");
        _attention = new AttentionSpec(config.EncoderAttentionHeads, config.EncoderAttentionHeads, headDim, Causal: false) { Probabilities = _sites.Probabilities };
        _rope = config.RotaryPositions ? new RopeSpec(headDim, 10_000) : null;
        _activation = config.ActivationFunction;
        if (config.TimeKernelSize > 0)
        {
            var taps = config.TimeKernelSize;
            _timeSpec = new ConvSpec(taps, Stride: 1, Groups: width, PadLeft: taps / 2, PadRight: (taps - 1) / 2);
            _time = (weights.Get("time_conv_layer_norm.weight", width), weights.Get("time_conv_layer_norm.bias", width),
                weights.Get("time_conv.weight", width, 1, taps), weights.Get("time_conv.bias", width));
        }

        _attentionNorm = (weights.Get("self_attn_layer_norm.weight", width), weights.Get("self_attn_layer_norm.bias", width));
        var attention = weights.Sub("self_attn");
        _qkv = new QkvWeights(
            attention.Get("q_proj.weight", width, width), attention.Get("k_proj.weight", width, width),
            attention.Get("v_proj.weight", width, width), attention.Get("q_proj.bias", width), null, attention.Get("v_proj.bias", width));
        _output = (attention.Get("out_proj.weight", width, width), attention.Get("out_proj.bias", width));
        _mlpNorm = (weights.Get("final_layer_norm.weight", width), weights.Get("final_layer_norm.bias", width));
        _mlp = new MlpWeights(
            weights.Get("fc1.weight", config.EncoderFfnDim, width), weights.Get("fc1.bias", config.EncoderFfnDim),
            weights.Get("fc2.weight", width, config.EncoderFfnDim), weights.Get("fc2.bias", width));
    }

    /// <summary>Sites for probes.</summary>
    public IEnumerable<Site> Sites => _sites.Listed();

    /// <summary>The site of the output.</summary>
    public Site Output => _sites.Output;

    /// <summary>x [rows, width] → [rows, width].</summary>
    public T Forward<T>(IOps<T> ops, T x, Layout rows, EncoderChunks? chunks, IState? state)
    {
        x = ops.Layer(_index, x, (Layer: this, rows, chunks, state), static (ops, x, on) => on.Layer.Body(ops, x, on.rows, on.chunks, on.state));
        ops.Tap(_sites.Output, x);
        return x;
    }

    private T Body<T>(IOps<T> ops, T x, Layout rows, EncoderChunks? chunks, IState? state)
    {
        var timeSpec = chunks is { Rows: var chunk } ? _timeSpec with { Chunk = chunk } : _timeSpec;
        var attention = chunks is { } c ? _attention with { Causal = true, Chunk = c.Rows, Window = c.Left + 1 } : _attention;
        T h;
        if (_time is { } time)
        {
            h = ops.LayerNorm(x, time.Gain, time.Bias, Eps);
            h = ops.Activate(ops.Conv1d(h, time.Kernel, time.KernelBias, timeSpec, rows, state, _timeState), _activation);
            ops.Accumulate(ref x, ops.Dropout(h));
        }

        h = ops.LayerNorm(x, _attentionNorm.Gain, _attentionNorm.Bias, Eps);
        ops.Qkv(h, _qkv, out var q, out var k, out var v);                  // each [rows, width]
        if (_rope is { } rope) ops.Rope(ref q, ref k, rope, rows);
        h = ops.Attention(q, k, v, attention, rows, state, _attentionState);
        h = ops.Linear(h, _output.Weight, _output.Bias);
        ops.Tap(_sites.Attention, h);
        ops.Accumulate(ref x, ops.Dropout(h));
        h = ops.LayerNorm(x, _mlpNorm.Gain, _mlpNorm.Bias, Eps);
        h = ops.Mlp(h, _mlp, _activation);
        ops.Tap(_sites.FeedForward, h);
        ops.Accumulate(ref x, ops.Dropout(h));
        return x;
    }
}
