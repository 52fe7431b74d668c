using Qwen2Audio.Model;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Inference.Codec;

/// <summary>Encodes a stream of mono audio with our codec, in pieces of any length, with constant memory. The codes are those of the whole signal.</summary>
public sealed class FrameCodecEncoding : IDisposable
{
    private readonly FrameCodecModel _model;
    private readonly InferenceOps _ops;
    private readonly int _stages;
    private readonly SequenceState _state = new(1);
    private int _samples;
    private bool _ended;

    /// <param name="model">The codec.</param>
    /// <param name="ops">The operators; every piece begins with a <see cref="InferenceOps.Reset"/>.</param>
    /// <param name="stages">Number of codebooks.</param>
    /// <exception cref="ArgumentException">The codec does not have this number of codebooks.</exception>
    public FrameCodecEncoding(FrameCodecModel model, InferenceOps ops, int stages)
    {
        if (stages < 1 || stages > model.Config.Books) throw new ArgumentException($"{stages} codebooks; the codec takes 1…{model.Config.Books}.", nameof(stages));
        (_model, _ops, _stages) = (model, ops, stages);
    }

    /// <summary>Adds samples and returns the frames that they complete, which may be none.</summary>
    /// <param name="samples">Mono, at the codec's sampling rate.</param>
    /// <param name="ends">Whether these are the last samples. The last frame is padded with zeros.</param>
    /// <exception cref="InvalidOperationException">The stream has already ended, or has more samples than positions can count.</exception>
    public CodecFrames Add(ReadOnlySpan<float> samples, bool ends = false)
    {
        if (_ended) throw new InvalidOperationException("The stream has ended.");
        var most = int.MaxValue - _model.Config.Hop; // the last frame is padded
        if (samples.Length > most - _samples)
            throw new InvalidOperationException($"A stream has at most {most} samples, {most / 3600.0 / _model.Config.SamplingRate:0.0} hours; begin another.");
        _ended = ends;
        _ops.Reset();
        var rows = Layout.Pieces([samples.Length], [_samples], [ends]);
        var frames = _model.Encoder.Forward(_ops, _ops.Input(samples, samples.Length, 1), ref rows, _state);
        var codes = new int[rows.Rows * _stages];
        if (rows.Rows > 0) _model.Quantiser.Quantise(_ops, frames, _stages, codes);
        _samples += samples.Length;
        return new CodecFrames(codes, _stages);
    }

    /// <inheritdoc/>
    public void Dispose() => _state.Dispose();
}
