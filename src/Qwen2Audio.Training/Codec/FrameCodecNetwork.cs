using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.FrameCodec;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Codec;

/// <summary>Our frame-rate codec in training: <c>encoder</c>, <c>quantizer.S.codebook</c>, <c>decoder</c>.</summary>
internal sealed class FrameCodecNetwork : ICodecNetwork
{
    private readonly FrameCodecConfig _config;
    private readonly FrameEncoder _encoder;
    private readonly FrameDecoder _decoder;

    /// <summary>Requests the weights.</summary>
    public FrameCodecNetwork(FrameCodecConfig config, IWeights weights)
    {
        _config = config;
        var states = new StateIndices();
        _encoder = new FrameEncoder(config, weights.Sub("encoder"), states);
        Quantiser = ResidualQuantiser.Euclidean(weights.Sub("quantizer"), config.Books, config.Entries, config.Dimension);
        _decoder = new FrameDecoder(config, weights.Sub("decoder"), states);
    }

    /// <summary>The codebooks.</summary>
    public ResidualQuantiser Quantiser { get; }

    /// <inheritdoc/>
    public int Hop => _config.Hop;

    /// <summary>Latents before quantisation, [frames, dimension].</summary>
    public Variable Encode(TrainingOps ops, Variable sound, ref Layout rows) => _encoder.Forward(ops, sound, ref rows);

    /// <inheritdoc/>
    public CodecOutput Forward(TrainingOps ops, Variable sound, Layout rows, ReadOnlySpan<int> books)
    {
        var latent = Encode(ops, sound, ref rows);
        var depths = new int[rows.Rows];
        for (var s = 0; s < rows.Sequences; s++) depths.AsSpan(rows.Starts[s], rows.Length(s)).Fill(books.IsEmpty ? _config.Books : books[s]);
        var codes = new int[checked(rows.Rows * _config.Books)];
        var quantised = Quantiser.Quantise(ops, latent, _config.Books, codes, depths);
        return new CodecOutput(latent, codes, _decoder.Forward(ops, quantised, ref rows));
    }
}
