using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>Our codec.</summary>
internal sealed class ReportedFrameCodec(string folder, int threads) : ReportedCodec(folder, threads)
{
    private readonly LoadedFrameCodec _codec = LoadedFrameCodec.Open(folder);

    /// <inheritdoc/>
    public override int SamplingRate => _codec.Config.SamplingRate;

    /// <inheritdoc/>
    public override double FrameRate => _codec.Config.FrameRate;

    /// <inheritdoc/>
    public override int Entries => _codec.Config.Entries;

    /// <inheritdoc/>
    public override IReadOnlyList<int> Codebooks => [.. Enumerable.Range(1, _codec.Config.Books).Reverse()];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Warnings => _codec.Weights.Warnings;

    /// <inheritdoc/>
    internal override CodedSound Encode(float[] samples, int codebooks)
    {
        var frames = _codec.Encode(Ops, samples, codebooks);
        return new CodedSound(CodedSound.ByBook(frames.Codes, codebooks), () => _codec.Decode(Ops, frames));
    }

    /// <inheritdoc/>
    internal override float[]? Bypass(float[] samples)
    {
        Ops.Reset();
        var rows = Layout.Of(samples.Length);
        var latent = _codec.Model.Encoder.Forward(Ops, Ops.Input(samples, samples.Length, 1), ref rows);
        return [.. _codec.Model.Decoder.Forward(Ops, latent, ref rows).Span];
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _codec.Dispose();
    }
}
