using Qwen2Audio.Model.Qwen2;

namespace Qwen2Audio.Model.Synthesis;

/// <summary>
/// Speaks in the tokens of a codec with the decoder that also recognises and classifies. Phones are repeated for as many frames as they last (aligned frames); the causal decoder adds what was spoken before,
/// and a <see cref="DepthHead"/> gives the codes of each frame. With unknown phones it goes on from the codes alone.
/// </summary>
public sealed class SynthesisModel
{
    private readonly Qwen2Model _decoder;
    private readonly IWeight _places;
    private readonly IWeight _previous;
    private readonly IWeight? _speaker;
    private readonly DepthHead _head;

    /// <summary>Requests the weights: <c>places</c>, <c>previous</c>, <c>speaker</c> (if it takes a speaker embedding), <c>codebooks.B</c>, <c>depth.B</c>, <c>durations</c>.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="decoder">The decoder, whose vocabulary has the tokens of phones and voices.</param>
    /// <param name="weights">The weights.</param>
    public SynthesisModel(SynthesisConfig config, Qwen2Model decoder, IWeights weights)
    {
        (Config, _decoder) = (config, decoder);
        var hidden = decoder.Config.HiddenSize;
        _places = weights.Get("places.weight", hidden, SynthesisConfig.Places);
        _previous = weights.Get("previous.weight", hidden, config.Dimension);
        _speaker = config.SpeakerWidth > 0 ? weights.Get("speaker.weight", hidden, config.SpeakerWidth) : null;
        Codebooks = [.. Enumerable.Range(0, config.Books).Select(book => weights.Get($"codebooks.{book}.weight", config.Entries, config.Dimension))];
        _head = new DepthHead(config, hidden, Codebooks, weights.Sub("depth"));
        Durations = new DurationPredictor(config, weights.Sub("durations"));
    }

    /// <summary>Sizes.</summary>
    public SynthesisConfig Config { get; }

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
                ids[row] = k < SynthesisConfig.Neighbours ? Config.PhoneToken(k, input.Phones[k * ids.Length + row]) : Config.VoiceToken(input.Voices[row]);
            if (k == 0) x = _decoder.Embed(ops, ids);
            else ops.Accumulate(ref x, _decoder.Embed(ops, ids));
        }

        ops.Accumulate(ref x, ops.Linear(ops.Input(input.Places, ids.Length, SynthesisConfig.Places), _places));
        ops.Accumulate(ref x, ops.Linear(Frames(ops, input.Previous), _previous));
        if (_speaker is not null && input.Speakers is { } speakers) ops.Accumulate(ref x, ops.Linear(SpeakerEmbedding.Rows(ops, speakers, Config.SpeakerWidth), _speaker));
        return _decoder.Hidden(ops, x, rows, state);
    }

    /// <summary>The codec's frames of codes [rows, books], [rows, dimension].</summary>
    public T Frames<T>(IOps<T> ops, ReadOnlySpan<int> codes) => _head.Sum(ops, codes, Config.Books, Config.Books);

    /// <summary>Logits [rows, entries] of a codebook, given the codes [rows, books] of those before it.</summary>
    public T Logits<T>(IOps<T> ops, T hidden, int book, ReadOnlySpan<int> codes) => _head.Logits(ops, hidden, book, codes);
}
