namespace Qwen2Audio.Model.Qwen2;

/// <summary>
/// Qwen2 and Qwen2-MoE as a causal language model (transformers: <c>Qwen2ForCausalLM</c>, <c>Qwen2MoeForCausalLM</c>).
/// </summary>
public sealed class Qwen2Model
{
    private static readonly Site Input = new("decoder.input");
    private static readonly Site Output = new("decoder.output");
    private readonly IWeight _embedding;
    private readonly DecoderLayer[] _layers;
    private readonly IWeight _norm;
    private readonly IWeight _head;

    /// <summary>Requests every weight by its published name.</summary>
    public Qwen2Model(Qwen2Config config, IWeights weights)
    {
        Config = config;
        var model = weights.Sub("model");
        _embedding = model.Get("embed_tokens.weight", config.VocabSize, config.HiddenSize);
        _layers = new DecoderLayer[config.NumHiddenLayers];
        for (var i = 0; i < _layers.Length; i++) _layers[i] = new DecoderLayer(config, i, model.Sub($"layers.{i}"));
        _norm = model.Get("norm.weight", config.HiddenSize);
        _head = config.TieWordEmbeddings ? _embedding : weights.Get("lm_head.weight", config.VocabSize, config.HiddenSize);
    }

    /// <summary>The model's sizes.</summary>
    public Qwen2Config Config { get; }

    /// <summary>Sites for probes.</summary>
    public IReadOnlyList<Site> Sites => [Input, .. _layers.SelectMany(layer => layer.Sites), Output];

    /// <summary>Token embeddings [ids, hidden].</summary>
    public T Embed<T>(IOps<T> ops, ReadOnlySpan<int> ids) => ops.Embed(_embedding, ids);

    /// <summary>Input rows of the first layer → rows after the final norm, [rows, hidden].</summary>
    public T Hidden<T>(IOps<T> ops, T x, Layout rows, IState? state = null)
    {
        ops.Tap(Input, x);
        foreach (var layer in _layers) x = layer.Forward(ops, x, rows, state);
        x = ops.RmsNorm(x, _norm, (float)Config.RmsNormEps);
        ops.Tap(Output, x);
        return x;
    }

    /// <summary>Hidden rows → logits [rows, vocabulary].</summary>
    public T Logits<T>(IOps<T> ops, T hidden) => ops.Linear(hidden, _head);
}
