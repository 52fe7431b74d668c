using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.FrameCodec;

namespace Qwen2Audio.Model;

/// <summary>Our codec: audio → <see cref="Encoder"/> → frames → <see cref="Quantiser"/> → codes, and back through <see cref="Decoder"/>.</summary>
public sealed class FrameCodecModel : ICodecModel
{
    /// <summary>Requests the weights under <c>encoder</c>, <c>quantizer</c> and <c>decoder</c>.</summary>
    public FrameCodecModel(FrameCodecConfig config, IWeights weights)
    {
        Config = config;
        var states = new StateIndices();
        Encoder = new FrameEncoder(config, weights.Sub("encoder"), states);
        Quantiser = ResidualQuantiser.Euclidean(weights.Sub("quantizer"), config.Books, config.Entries, config.Dimension);
        Decoder = new FrameDecoder(config, weights.Sub("decoder"), states);
    }

    /// <summary>Sizes.</summary>
    public FrameCodecConfig Config { get; }

    /// <summary>Sites for probes.</summary>
    public IReadOnlyList<Site> Sites => [.. Encoder.Sites, .. Quantiser.Sites, .. Decoder.Sites];

    ICodecConfig ICodecModel.Config => Config;

    int ICodecModel.MinStages => 1;

    /// <summary>Audio → frames.</summary>
    public FrameEncoder Encoder { get; }

    /// <summary>Frames ↔ codes.</summary>
    public ResidualQuantiser Quantiser { get; }

    /// <summary>Quantised frames → audio.</summary>
    public FrameDecoder Decoder { get; }

    public T Encode<T>(IOps<T> ops, T samples, ref Layout rows, IState? state = null) => Encoder.Forward(ops, samples, ref rows, state);

    public T Quantise<T>(IOps<T> ops, T frames, int stages, Span<int> codes) => Quantiser.Quantise(ops, frames, stages, codes);

    public T Frames<T>(IOps<T> ops, ReadOnlySpan<int> codes, int stages) => Quantiser.Decode(ops, codes, stages);

    public T Decode<T>(IOps<T> ops, T frames, ref Layout rows, IState? state = null) => Decoder.Forward(ops, frames, ref rows, state);
}
