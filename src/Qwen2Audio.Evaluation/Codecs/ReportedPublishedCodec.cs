using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>A published codec. One of several channels gets the sound on each, and the mean of its channels is measured.</summary>
internal sealed class ReportedPublishedCodec(string folder, int threads) : ReportedCodec(folder, threads)
{
    private readonly LoadedCodec _codec = LoadedCodec.Open(folder);

    /// <inheritdoc/>
    public override int SamplingRate => _codec.Config.SamplingRate;

    /// <inheritdoc/>
    public override double FrameRate => (double)SamplingRate / _codec.Config.SamplesPerFrame * (_codec.Config.Chunks is { } chunks ? (double)chunks.Length / chunks.Stride : 1);

    /// <inheritdoc/>
    public override int Entries => _codec.Config.Entries;

    /// <inheritdoc/>
    public override IReadOnlyList<int> Codebooks => _codec.Config.Bandwidths.Count > 0 ? [.. _codec.Config.Bandwidths.Select(bandwidth => bandwidth.Stages).OrderDescending()]
        : [.. Enumerable.Range(_codec.Model.LeastStages, _codec.Config.Stages - _codec.Model.LeastStages + 1).Reverse()];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Warnings => _codec.Warnings;

    private int Channels => _codec.Config.AudioChannels;

    /// <inheritdoc/>
    internal override CodedSound Encode(float[] samples, int codebooks)
    {
        var frames = _codec.Encode(Ops, OnEachChannel(samples), codebooks);
        return new CodedSound(CodedSound.ByBook([.. frames.SelectMany(piece => piece.Codes)], codebooks), () => OneChannel(_codec.Decode(Ops, frames)));
    }

    /// <inheritdoc/>
    internal override float[]? Bypass(float[] samples)
    {
        if (_codec.Config.Chunks is not null || _codec.Config.Normalise) return null;
        Ops.Reset();
        var rows = Layout.Of(samples.Length);
        var frames = _codec.Model.Encode(Ops, Ops.Input(OnEachChannel(samples), samples.Length, Channels), ref rows);
        return OneChannel([.. _codec.Model.Decode(Ops, frames, ref rows).Span]);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _codec.Dispose();
    }

    private float[] OnEachChannel(float[] samples) => Channels == 1 ? samples : [.. samples.SelectMany(sample => Enumerable.Repeat(sample, Channels))];

    private float[] OneChannel(float[] samples) => Channels == 1 ? samples : [.. samples.Chunk(Channels).Select(row => row.Average())];
}
