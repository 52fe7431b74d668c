using Qwen2Audio.Model.AudioEncoder;

namespace Qwen2Audio.Model.Whisper;

/// <summary>
/// Whisper (arXiv 2212.04356; transformers <c>WhisperForConditionalGeneration</c>): an audio encoder, and a decoder with learned
/// positions that attends to the encoder's rows in every layer.
/// </summary>
public sealed class WhisperModel
{
    private const float Eps = 1e-5f;
    private static readonly Site Input = new("decoder.input");
    private static readonly Site Output = new("decoder.output");
    private readonly IWeight _embedding;
    private readonly IWeight _positions;
    private readonly WhisperDecoderLayer[] _layers;
    private readonly (IWeight Gain, IWeight Bias) _norm;
    private readonly IWeight _output;

    /// <summary>Requests every weight by its published name.</summary>
    public WhisperModel(WhisperConfig config, IWeights weights)
    {
        Config = config;
        Encoder = new AudioEncoderModel(config.Encoder, weights.Sub("model.encoder"));
        var decoder = weights.Sub("model.decoder");
        _embedding = decoder.Get("embed_tokens.weight", config.VocabSize, config.DModel);
        _positions = decoder.Get("embed_positions.weight", config.MaxTargetPositions, config.DModel);
        _layers = new WhisperDecoderLayer[config.DecoderLayers];
        for (var i = 0; i < _layers.Length; i++) _layers[i] = new WhisperDecoderLayer(config, i, decoder.Sub($"layers.{i}"));
        _norm = (decoder.Get("layer_norm.weight", config.DModel), decoder.Get("layer_norm.bias", config.DModel));
        _output = config.TieWordEmbeddings ? _embedding : weights.Get("proj_out.weight", config.VocabSize, config.DModel);
    }

    /// <summary>The model's sizes.</summary>
    public WhisperConfig Config { get; }

    /// <summary>The audio encoder.</summary>
    public AudioEncoderModel Encoder { get; }

    /// <summary>Sites for probes.</summary>
    public IReadOnlyList<Site> Sites => [.. Encoder.Sites, Input, .. _layers.SelectMany(layer => layer.Sites), Output];

    /// <summary>Log-mel rows [frames, bins] → cross-attention keys and values of all layers.</summary>
    public CrossKeysAndValues<T> Encode<T>(IOps<T> ops, T mel, Layout frames)
    {
        var encoded = ops.Layer(0, mel, (Encoder, frames), static (ops, mel, on) => on.Encoder.Forward(ops, mel, on.frames).Pooled);
        return CrossKeysAndValues(ops, encoded, Encoder.PooledRows(frames));
    }

    /// <summary>Encoder rows [audio rows, width] → cross-attention keys and values of all layers.</summary>
    public CrossKeysAndValues<T> CrossKeysAndValues<T>(IOps<T> ops, T encoded, Layout audioRows)
    {
        var layers = new (T Keys, T Values)[_layers.Length];
        for (var i = 0; i < layers.Length; i++) layers[i] = _layers[i].CrossKeysAndValues(ops, encoded);
        return new CrossKeysAndValues<T>(layers, audioRows);
    }

    /// <summary>Token ids → input rows of the first layer, [rows, width]: embeddings plus positions.</summary>
    public T Embed<T>(IOps<T> ops, ReadOnlySpan<int> ids, Layout rows)
    {
        var x = ops.Embed(_embedding, ids);
        ops.Accumulate(ref x, ops.Embed(_positions, rows.Positions));
        return x;
    }

    /// <summary>
    /// Input rows of the first layer → rows after the final norm, [rows, width]. Sequence i of <paramref name="rows"/> attends to clip i of
    /// <paramref name="cross"/>. If several sequences attend to one clip, <paramref name="byClip"/> lays out the rows with one sequence per clip.
    /// </summary>
    public T Hidden<T>(IOps<T> ops, T x, Layout rows, CrossKeysAndValues<T> cross, IState? state = null, Layout? byClip = null)
    {
        ops.Tap(Input, x);
        x = ops.Dropout(x);
        foreach (var layer in _layers) x = layer.Forward(ops, x, rows, cross, state, byClip ?? rows);
        x = ops.LayerNorm(x, _norm.Gain, _norm.Bias, Eps);
        ops.Tap(Output, x);
        return x;
    }

    /// <summary>Hidden rows → logits [rows, vocabulary].</summary>
    public T Logits<T>(IOps<T> ops, T hidden) => ops.Linear(hidden, _output);
}
