namespace Qwen2Audio.Model.Codec;

/// <summary>A causal transformer over a codec's rows: pre-norm blocks of windowed attention with rotary positions and an MLP, both with layer scale.</summary>
internal sealed class CodecTransformer
{
    private readonly Block[] _blocks;

    /// <summary>Requests the blocks N = 0, 1, … under <paramref name="weights"/>.</summary>
    public CodecTransformer(CodecTransformerConfig config, int width, IWeights weights, StateIndices indices, string side, int firstLayer) => _blocks =
        [.. Enumerable.Range(0, config.Layers).Select(i =>
            new Block(config, width, weights.Sub($"{i}"), indices.Next(), firstLayer + i, new LayerSites($"{side}.transformer.{i}")))];

    /// <summary>Sites for probes.</summary>
    public IEnumerable<Site> Sites => _blocks.SelectMany(block => block.Sites.Listed());

    /// <summary>[rows, width] → [rows, width].</summary>
    public T Forward<T>(IOps<T> ops, T x, Layout rows, IState? state)
    {
        foreach (var block in _blocks)
        {
            x = ops.Layer(block.Index, x, (block, rows, state), static (ops, x, on) => on.block.Body(ops, x, on.rows, on.state));
            ops.Tap(block.Sites.Output, x);
        }

        return x;
    }

    private sealed class Block
    {
        private readonly int _stateIndex;
        private readonly float _eps;
        private readonly AttentionSpec _attention;
        private readonly RopeSpec _rope;
        private readonly (IWeight Gain, IWeight Bias) _attentionNorm;
        private readonly QkvWeights _qkv;
        private readonly (IWeight Weight, IWeight? Bias) _output;
        private readonly (IWeight Gain, IWeight Bias) _mlpNorm;
        private readonly MlpWeights _mlp;
        private readonly (IWeight Attention, IWeight Mlp) _scale;
        private readonly Activation _activation;

        public Block(CodecTransformerConfig config, int width, IWeights weights, int stateIndex, int index, LayerSites sites)
        {
            (Index, Sites, _stateIndex, _eps, _activation) = (index, sites, stateIndex, (float)config.NormEps, config.Activation);
            _attention = new AttentionSpec(config.Heads, config.KvHeads, config.HeadDim, Causal: true, config.Window) { Probabilities = sites.Probabilities };
            _rope = new RopeSpec(config.HeadDim, config.RopeTheta);
            _attentionNorm = Norm("input_layernorm");
            _mlpNorm = Norm("post_attention_layernorm");
            var attention = weights.Sub("self_attn");
            var (queries, keys) = (config.Heads * config.HeadDim, config.KvHeads * config.HeadDim);
            IWeight? Bias(string name, int outputs) => config.AttentionBias ? attention.Get(name, outputs) : null;
            _qkv = new QkvWeights(
                attention.Get("q_proj.weight", queries, width), attention.Get("k_proj.weight", keys, width), attention.Get("v_proj.weight", keys, width),
                Bias("q_proj.bias", queries), Bias("k_proj.bias", keys), Bias("v_proj.bias", keys));
            _output = (attention.Get("o_proj.weight", width, queries), Bias("o_proj.bias", width));
            _mlp = new MlpWeights(weights.Get("mlp.fc1.weight", config.Inner, width), null, weights.Get("mlp.fc2.weight", width, config.Inner), null);
            _scale = (weights.Get("self_attn_layer_scale.scale", width), weights.Get("mlp_layer_scale.scale", width));

            (IWeight, IWeight) Norm(string name) => (weights.Get(name + ".weight", width), weights.Get(name + ".bias", width));
        }

        public int Index { get; }

        public LayerSites Sites { get; }

        public T Body<T>(IOps<T> ops, T x, Layout rows, IState? state)
        {
            var h = ops.LayerNorm(x, _attentionNorm.Gain, _attentionNorm.Bias, _eps);
            ops.Qkv(h, _qkv, out var q, out var k, out var v);
            ops.Rope(ref q, ref k, _rope, rows);
            h = ops.Attention(q, k, v, _attention, rows, state, _stateIndex);
            h = ops.Linear(h, _output.Weight, _output.Bias);
            ops.Tap(Sites.Attention, h);
            ops.Accumulate(ref x, h, _scale.Attention);
            h = ops.Mlp(ops.LayerNorm(x, _mlpNorm.Gain, _mlpNorm.Bias, _eps), _mlp, _activation);
            ops.Tap(Sites.FeedForward, h);
            ops.Accumulate(ref x, h, _scale.Mlp);
            return x;
        }
    }
}
