using Qwen2Audio.Checkpoints;
using Qwen2Audio.Inference;
using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.FrameCodec;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>Our codec.</summary>
internal sealed class ReportedFrameCodec : ReportedCodec
{
    private readonly ModelSource _source;
    private readonly CheckpointWeights _weights;
    private readonly FrameCodecConfig _config;
    private readonly FrameEncoder _encoder;
    private readonly ResidualQuantiser _quantiser;
    private readonly FrameDecoder _decoder;

    public ReportedFrameCodec(string folder, int threads)
        : base(folder, threads)
    {
        _source = ModelSource.Open(folder);
        _config = FrameCodecConfigFile.Read(_source.Config);
        _weights = new CheckpointWeights(_source);
        var states = new StateIndices();
        _encoder = new FrameEncoder(_config, _weights.Sub("encoder"), states);
        _quantiser = ResidualQuantiser.Euclidean(_weights.Sub("quantizer"), _config.Books, _config.Entries, _config.Dimension);
        _decoder = new FrameDecoder(_config, _weights.Sub("decoder"), states);
        _weights.ThrowIfIncomplete();
    }

    /// <inheritdoc/>
    public override int SamplingRate => _config.SamplingRate;

    /// <inheritdoc/>
    public override double FrameRate => _config.FrameRate;

    /// <inheritdoc/>
    public override int Entries => _config.Entries;

    /// <inheritdoc/>
    public override IReadOnlyList<int> Codebooks => [.. Enumerable.Range(1, _config.Books).Reverse()];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Warnings => _weights.Warnings;

    /// <inheritdoc/>
    internal override CodedSound Encode(float[] samples, int codebooks)
    {
        var (latent, rows) = Latent(samples);
        var codes = new int[rows.Rows * codebooks];
        _quantiser.Quantise(Ops, latent, codebooks, codes);
        return new CodedSound(CodedSound.ByBook(codes, codebooks), () =>
        {
            Ops.Reset();
            return Sound(_quantiser.Decode(Ops, codes, codebooks), rows);
        });
    }

    /// <inheritdoc/>
    internal override float[]? Bypass(float[] samples)
    {
        var (latent, rows) = Latent(samples);
        return Sound(latent, rows);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _weights.Dispose();
        _source.Dispose();
    }

    private (Numerics.Memory.Matrix Latent, Layout Rows) Latent(float[] samples)
    {
        Ops.Reset();
        var rows = Layout.Of(samples.Length);
        var latent = _encoder.Forward(Ops, Ops.Input(samples, samples.Length, 1), ref rows);
        return (latent, rows);
    }

    private float[] Sound(Numerics.Memory.Matrix frames, Layout rows) => [.. _decoder.Forward(Ops, frames, ref rows).Span];
}
