namespace Qwen2Audio.Model.Codec;

/// <summary>
/// A codec of any form that the configuration describes: audio → convolutions, optional transformer and downsampling →
/// frames → codes, and back.
/// </summary>
public sealed class CodecModel : ICodecModel
{
    private static readonly Site EncoderOutput = new("encoder.output");
    private static readonly Site DecoderInput = new("decoder.input");
    private readonly CodecEncoder _encoder;
    private readonly CodecTransformer? _encoderTransformer;
    private readonly FrameResampling? _resampling;
    private readonly FrameQuantiser _quantiser;
    private readonly CodecTransformer? _decoderTransformer;
    private readonly CodecDecoder _decoder;

    /// <summary>
    /// Requests the weights of <see cref="CodecEncoder"/> and <see cref="CodecDecoder"/> under <c>encoder</c> and <c>decoder</c>, of the quantiser
    /// under <c>quantizer</c>, and <c>encoder_transformer.N</c>, <c>decoder_transformer.N</c>, <c>downsample.weight</c>, <c>upsample.weight</c>.
    /// </summary>
    public CodecModel(CodecConfig config, IWeights weights)
    {
        Config = config;
        var indices = new StateIndices();
        _encoder = new CodecEncoder(config, weights.Sub("encoder"), indices);
        if (config.FrameKernel > 0) _resampling = new FrameResampling(config, weights, indices);
        if (config.Transformer is { } transformer)
        {
            _encoderTransformer = new CodecTransformer(transformer, config.Dimension, weights.Sub("encoder_transformer"), indices, "encoder", 0);
            _decoderTransformer = new CodecTransformer(transformer, config.Dimension, weights.Sub("decoder_transformer"), indices, "decoder", transformer.Layers);
        }

        _quantiser = new FrameQuantiser(config, weights.Sub("quantizer"));
        _decoder = new CodecDecoder(config, weights.Sub("decoder"), indices);
    }

    /// <summary>Sizes.</summary>
    public CodecConfig Config { get; }

    ICodecConfig ICodecModel.Config => Config;

    public int MinStages => _quantiser.MinStages;

    /// <summary>Sites for probes.</summary>
    public IReadOnlyList<Site> Sites =>
    [
        .. _encoder.Sites, .. _encoderTransformer?.Sites ?? [], EncoderOutput, .. _quantiser.Sites,
        DecoderInput, .. _decoderTransformer?.Sites ?? [], .. _decoder.Sites,
    ];

    public T Encode<T>(IOps<T> ops, T samples, ref Layout rows, IState? state = null)
    {
        var h = _encoder.Forward(ops, samples, ref rows, state);
        if (_encoderTransformer is not null) h = _encoderTransformer.Forward(ops, h, rows, state);
        if (_resampling is not null) h = _resampling.Down(ops, h, ref rows, state);
        ops.Tap(EncoderOutput, h);
        return h;
    }

    public T Quantise<T>(IOps<T> ops, T frames, int stages, Span<int> codes) => _quantiser.Quantise(ops, frames, stages, codes);

    public T Frames<T>(IOps<T> ops, ReadOnlySpan<int> codes, int stages) => _quantiser.Decode(ops, codes, stages);

    public T Decode<T>(IOps<T> ops, T frames, ref Layout rows, IState? state = null)
    {
        ops.Tap(DecoderInput, frames);
        if (_resampling is not null) frames = _resampling.Up(ops, frames, ref rows, state);
        if (_decoderTransformer is not null) frames = _decoderTransformer.Forward(ops, frames, rows, state);
        return _decoder.Forward(ops, frames, ref rows, state);
    }
}
