using Qwen2Audio.Model.Qwen2;

namespace Qwen2Audio.Model.Synthesis;

/// <summary>
/// A model that speaks in the tokens of a codec. Phones are repeated for as many frames as they last (aligned frames); a causal Qwen2 decoder adds what was spoken before, and a
/// <see cref="DepthHead"/> gives the codes of each frame.
/// </summary>
public sealed class SynthesisModel
{
    private readonly IWeight _places;
    private readonly IWeight _previous;
    private readonly DepthHead _head;

    /// <summary>Requests the weights: <c>language_model</c>, <c>places</c>, <c>previous</c>, <c>codebooks.B</c>, <c>depth.B</c>, <c>durations</c>.</summary>
    public SynthesisModel(SynthesisConfig config, IWeights weights)
    {
        Config = config;
        Decoder = new Qwen2Model(config.Decoder, weights.Sub("language_model"));
        _places = weights.Get("places.weight", config.Decoder.HiddenSize, SynthesisConfig.Places);
        _previous = weights.Get("previous.weight", config.Decoder.HiddenSize, config.Dimension);
        Codebooks = [.. Enumerable.Range(0, config.Books).Select(book => weights.Get($"codebooks.{book}.weight", config.Entries, config.Dimension))];
        _head = new DepthHead(config, Codebooks, weights.Sub("depth"));
        Durations = new DurationPredictor(config, weights.Sub("durations"));
    }

    /// <summary>Sizes.</summary>
    public SynthesisConfig Config { get; }

    /// <summary>The decoder.</summary>
    public Qwen2Model Decoder { get; }

    /// <summary>The codec's codebooks, scaled so that the numbers of its frames have variance 1; they are not trained.</summary>
    public IReadOnlyList<IWeight> Codebooks { get; }

    /// <summary>How long phones last.</summary>
    public DurationPredictor Durations { get; }

    /// <summary>Frames → rows of the decoder, [rows, hidden].</summary>
    public T Hidden<T>(IOps<T> ops, FrameInput input, Layout rows, IState? state = null)
    {
        var ids = new int[input.Rows];
        T x = default!;
        for (var k = 0; k <= SynthesisConfig.Neighbours; k++)
        {
            for (var row = 0; row < ids.Length; row++)
                ids[row] = k * Config.Phones + (k < SynthesisConfig.Neighbours ? input.Phones[k * ids.Length + row] : input.Voices[row]);
            if (k == 0) x = Decoder.Embed(ops, ids);
            else ops.Accumulate(ref x, Decoder.Embed(ops, ids));
        }

        ops.Accumulate(ref x, ops.Linear(ops.Input(input.Places, ids.Length, SynthesisConfig.Places), _places));
        ops.Accumulate(ref x, ops.Linear(_head.Sum(ops, input.Previous, Config.Books, Config.Books), _previous));
        return Decoder.Hidden(ops, x, rows, state);
    }

    /// <summary>Logits [rows, entries] of a codebook, given the codes [rows, books] of those before it.</summary>
    public T Logits<T>(IOps<T> ops, T hidden, int book, ReadOnlySpan<int> codes) => _head.Logits(ops, hidden, book, codes);
}
