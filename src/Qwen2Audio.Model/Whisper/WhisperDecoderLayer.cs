namespace Qwen2Audio.Model.Whisper;

/// <summary>One pre-norm block of Whisper's decoder: causal self-attention, attention to the encoder's rows, an MLP.</summary>
internal sealed class WhisperDecoderLayer
{
    private const float Eps = 1e-5f;
    private readonly int _index;
    private readonly LayerSites _sites;
    private readonly AttentionSpec _self;
    private readonly AttentionSpec _cross;
    private readonly (IWeight Gain, IWeight Bias) _selfNorm;
    private readonly QkvWeights _selfQkv;
    private readonly (IWeight Weight, IWeight Bias) _selfOutput;
    private readonly (IWeight Gain, IWeight Bias) _crossNorm;
    private readonly QkvWeights _crossQkv;
    private readonly (IWeight Weight, IWeight Bias) _crossOutput;
    private readonly (IWeight Gain, IWeight Bias) _mlpNorm;
    private readonly MlpWeights _mlp;
    private readonly Activation _activation;

    public WhisperDecoderLayer(WhisperConfig config, int index, IWeights weights)
    {
        var width = config.DModel;
        var heads = config.DecoderAttentionHeads;
        _index = index;
        _sites = new LayerSites($"decoder.{index}");
        _activation = config.ActivationFunction;
        _self = new AttentionSpec(heads, heads, config.DecoderHeadDim, Causal: true) { Probabilities = _sites.Probabilities };
        _cross = _self with { Causal = false, Probabilities = _sites.CrossProbabilities };
        _selfNorm = Norm(weights, "self_attn_layer_norm", width);
        (_selfQkv, _selfOutput) = Attention(weights.Sub("self_attn"), width);
        _crossNorm = Norm(weights, "encoder_attn_layer_norm", width);
        (_crossQkv, _crossOutput) = Attention(weights.Sub("encoder_attn"), width);
        _mlpNorm = Norm(weights, "final_layer_norm", width);
        _mlp = new MlpWeights(
            weights.Get("fc1.weight", config.DecoderFfnDim, width), weights.Get("fc1.bias", config.DecoderFfnDim),
            weights.Get("fc2.weight", width, config.DecoderFfnDim), weights.Get("fc2.bias", width));
    }

    /// <summary>Sites for probes.</summary>
    public IEnumerable<Site> Sites => _sites.Listed(crosses: true);

    /// <summary>Encoder rows [audio rows, width] → this layer's cross-attention keys and values.</summary>
    public (T Keys, T Values) CrossKeysAndValues<T>(IOps<T> ops, T encoded) =>
        (ops.Linear(encoded, _crossQkv.Key, _crossQkv.KeyBias), ops.Linear(encoded, _crossQkv.Value, _crossQkv.ValueBias));

    /// <summary>x [rows, width] → [rows, width]; <paramref name="byClip"/> is the layout of the same rows grouped by clip.</summary>
    public T Forward<T>(IOps<T> ops, T x, Layout rows, CrossKeysAndValues<T> cross, IState? state, Layout byClip)
    {
        x = ops.Layer(_index, x, (Layer: this, rows, cross, state, byClip),
            static (ops, x, on) => on.Layer.Body(ops, x, on.rows, on.cross, on.state, on.byClip));
        ops.Tap(_sites.Output, x);
        return x;
    }

    private T Body<T>(IOps<T> ops, T x, Layout rows, CrossKeysAndValues<T> cross, IState? state, Layout byClip)
    {
        var h = ops.LayerNorm(x, _selfNorm.Gain, _selfNorm.Bias, Eps);
        ops.Qkv(h, _selfQkv, out var q, out var k, out var v);              // each [rows, width]
        h = ops.Attention(q, k, v, _self, rows, state, _index);
        h = ops.Linear(h, _selfOutput.Weight, _selfOutput.Bias);
        ops.Tap(_sites.Attention, h);
        ops.Accumulate(ref x, ops.Dropout(h));

        h = ops.LayerNorm(x, _crossNorm.Gain, _crossNorm.Bias, Eps);
        q = ops.Linear(h, _crossQkv.Query, _crossQkv.QueryBias);
        var (keys, values) = cross.Layers[_index];                         // [audio rows, width]
        h = ops.Attention(q, keys, values, _cross, byClip, keyRows: cross.Rows);
        h = ops.Linear(h, _crossOutput.Weight, _crossOutput.Bias);
        ops.Tap(_sites.Cross, h);
        ops.Accumulate(ref x, ops.Dropout(h));

        h = ops.LayerNorm(x, _mlpNorm.Gain, _mlpNorm.Bias, Eps);
        h = ops.Mlp(h, _mlp, _activation);
        ops.Tap(_sites.FeedForward, h);
        ops.Accumulate(ref x, ops.Dropout(h));
        return x;
    }

    private static (IWeight Gain, IWeight Bias) Norm(IWeights weights, string name, int width) =>
        (weights.Get($"{name}.weight", width), weights.Get($"{name}.bias", width));

    private static (QkvWeights Qkv, (IWeight Weight, IWeight Bias) Output) Attention(IWeights weights, int width)
    {
        var qkv = new QkvWeights(
            weights.Get("q_proj.weight", width, width), weights.Get("k_proj.weight", width, width),
            weights.Get("v_proj.weight", width, width), weights.Get("q_proj.bias", width), null, weights.Get("v_proj.bias", width));
        return (qkv, (weights.Get("out_proj.weight", width, width), weights.Get("out_proj.bias", width)));
    }
}
