using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Model.Synthesis;

namespace Qwen2Audio.Model;

/// <summary>Sizes of a Qwen2-Audio model; names as published.</summary>
public sealed record Qwen2AudioConfig
{
    public required AudioEncoderConfig AudioConfig { get; init; }

    public required Qwen2Config TextConfig { get; init; }

    /// <summary>The placeholder id whose embedding rows are replaced by audio.</summary>
    public required int AudioTokenIndex { get; init; }

    /// <summary>What a small model that speaks has in addition; null: it does not speak.</summary>
    public SynthesisConfig? Synthesis { get; init; }

    /// <summary>Number of text units, which begin the decoder's vocabulary and are the classes of CTC.</summary>
    public int TextUnits => Synthesis?.FirstToken ?? TextConfig.VocabSize;
}

/// <summary>
/// Qwen2-Audio (arXiv 2407.10759; transformers <c>Qwen2AudioForConditionalGeneration</c>): encoder rows, projected to the decoder's
/// width, replace the embeddings of the audio placeholders. Our small models have the same structure; those that speak do it with the same decoder.
/// </summary>
public sealed class Qwen2AudioModel
{
    private static readonly Site Projected = new("projector.output");
    private readonly (IWeight Weight, IWeight Bias) _projector;

    /// <summary>Requests every weight by its published name.</summary>
    public Qwen2AudioModel(Qwen2AudioConfig config, IWeights weights)
    {
        Config = config;
        Encoder = new AudioEncoderModel(config.AudioConfig, weights.Sub("audio_tower"));
        var projector = weights.Sub("multi_modal_projector.linear");
        _projector = (projector.Get("weight", config.TextConfig.HiddenSize, config.AudioConfig.DModel),
            projector.Get("bias", config.TextConfig.HiddenSize));
        Decoder = new Qwen2Model(config.TextConfig, weights.Sub("language_model"));
        Synthesis = config.Synthesis is { } synthesis ? new SynthesisModel(synthesis, Decoder, weights.Sub("synthesis")) : null;
    }

    /// <summary>The model's sizes.</summary>
    public Qwen2AudioConfig Config { get; }

    /// <summary>The audio encoder.</summary>
    public AudioEncoderModel Encoder { get; }

    /// <summary>The language model.</summary>
    public Qwen2Model Decoder { get; }

    /// <summary>Speaks with <see cref="Decoder"/>; null: the model does not.</summary>
    public SynthesisModel? Synthesis { get; }

    /// <summary>Sites for probes.</summary>
    public IReadOnlyList<Site> Sites => [.. Encoder.Sites, Projected, .. Decoder.Sites];

    /// <summary>Encoder rows → rows of the decoder's width, [audio rows, hidden].</summary>
    public T Project<T>(IOps<T> ops, T encoded)
    {
        var audio = ops.Linear(encoded, _projector.Weight, _projector.Bias);
        ops.Tap(Projected, audio);
        return audio;
    }

    /// <summary>
    /// Embeddings of <paramref name="ids"/> with the i-th placeholder replaced by row i of <paramref name="audio"/>,
    /// [ids, hidden].
    /// </summary>
    /// <exception cref="ArgumentException">The number of placeholders differs from the number of audio rows.</exception>
    public T Embed<T>(IOps<T> ops, ReadOnlySpan<int> ids, T audio, int audioRows)
    {
        var places = new List<int>(audioRows);
        for (var i = 0; i < ids.Length; i++)
            if (ids[i] == Config.AudioTokenIndex) places.Add(i);
        if (places.Count != audioRows)
            throw new ArgumentException($"The prompt has {places.Count} audio placeholders for {audioRows} audio rows.", nameof(ids));
        var x = Decoder.Embed(ops, ids);
        if (audioRows > 0) ops.PutRows(ref x, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(places), audio);
        return x;
    }
}
