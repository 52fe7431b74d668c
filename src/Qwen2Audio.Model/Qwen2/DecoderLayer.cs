namespace Qwen2Audio.Model.Qwen2;

/// <summary>
/// One layer of Qwen2 (arXiv 2407.10671, section 2.2): pre-norm grouped-query attention with rotary positions and bias on Q, K, V,
/// then pre-norm SwiGLU, dense or as a mixture of experts with a gated shared expert.
/// </summary>
internal sealed class DecoderLayer
{
    private readonly int _index;
    private readonly LayerSites _sites;
    private readonly float _eps;
    private readonly RopeSpec _rope;
    private readonly AttentionSpec _attention;
    private readonly IWeight _inputNorm;
    private readonly QkvWeights _qkv;
    private readonly IWeight _output;
    private readonly IWeight _postNorm;
    private readonly FeedForward _feedForward;

    public DecoderLayer(Qwen2Config config, int index, IWeights weights)
    {
        _index = index;
        _sites = new LayerSites($"decoder.{index}");
        _eps = (float)config.RmsNormEps;
        _rope = new RopeSpec(config.HeadDim, config.RopeTheta, config.Yarn);
        var window = index >= config.MaxWindowLayers ? config.SlidingWindow : 0;
        _attention = new AttentionSpec(config.NumAttentionHeads, config.NumKeyValueHeads, config.HeadDim, Causal: true, window) { Probabilities = _sites.Probabilities };
        _inputNorm = weights.Get("input_layernorm.weight", config.HiddenSize);
        (_qkv, _output) = AttentionWeights(config, weights.Sub("self_attn"));
        _postNorm = weights.Get("post_attention_layernorm.weight", config.HiddenSize);
        _feedForward = new FeedForward(config, index, weights.Sub("mlp"), _sites);
    }

    /// <summary>Sites for probes.</summary>
    public IEnumerable<Site> Sites => _sites.Listed(routes: _feedForward.Routes);

    /// <summary>x [rows, hidden] → [rows, hidden].</summary>
    public T Forward<T>(IOps<T> ops, T x, Layout rows, IState? state)
    {
        x = ops.Layer(_index, x, (Layer: this, rows, state), static (ops, x, on) => on.Layer.Body(ops, x, on.rows, on.state));
        ops.Tap(_sites.Output, x);
        return x;
    }

    private T Body<T>(IOps<T> ops, T x, Layout rows, IState? state)
    {
        var h = ops.RmsNorm(x, _inputNorm, _eps);
        ops.Qkv(h, _qkv, out var q, out var k, out var v);                  // [rows, heads × headDim], [rows, kvHeads × headDim]
        ops.Rope(ref q, ref k, _rope, rows);
        h = ops.Attention(q, k, v, _attention, rows, state, _index);        // [rows, heads × headDim]
        h = ops.Linear(h, _output);
        ops.Tap(_sites.Attention, h);
        ops.Accumulate(ref x, ops.Dropout(h));
        h = ops.RmsNorm(x, _postNorm, _eps);
        h = _feedForward.Forward(ops, h);
        ops.Tap(_sites.FeedForward, h);
        ops.Accumulate(ref x, ops.Dropout(h));
        return x;
    }

    private static (QkvWeights Qkv, IWeight Output) AttentionWeights(Qwen2Config config, IWeights weights)
    {
        var queries = config.NumAttentionHeads * config.HeadDim;
        var keys = config.NumKeyValueHeads * config.HeadDim;
        IWeight? Bias(string name, int length) => config.QkvBias ? weights.Get(name, length) : null;
        var qkv = new QkvWeights(
            weights.Get("q_proj.weight", queries, config.HiddenSize),
            weights.Get("k_proj.weight", keys, config.HiddenSize),
            weights.Get("v_proj.weight", keys, config.HiddenSize),
            Bias("q_proj.bias", queries), Bias("k_proj.bias", keys), Bias("v_proj.bias", keys));
        return (qkv, weights.Get("o_proj.weight", config.HiddenSize, queries));
    }
}
