using Qwen2Audio.Model;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Inference.Codec;

/// <summary>Decodes a stream of our codec's frames, in pieces of any number of frames, with constant memory. The samples are bit-identical to those of the whole signal.</summary>
public sealed class FrameCodecDecoding : IDisposable
{
    private readonly FrameCodecModel _model;
    private readonly InferenceOps _ops;
    private readonly SequenceState _state = new(1);
    private int _frames;
    private bool _ended;

    /// <param name="model">The codec.</param>
    /// <param name="ops">The operators; every piece begins with a <see cref="InferenceOps.Reset"/>.</param>
    public FrameCodecDecoding(FrameCodecModel model, InferenceOps ops) => (_model, _ops) = (model, ops);

    /// <summary>Adds frames and returns the samples that later frames do not change, which may be none.</summary>
    /// <param name="frames">Frames from the encoder, in any pieces.</param>
    /// <param name="ends">Whether these are the last frames.</param>
    /// <exception cref="ArgumentException">A code is not an entry, or the codec does not have this number of codebooks.</exception>
    /// <exception cref="InvalidOperationException">The stream has already ended, or has more samples than positions can count.</exception>
    public float[] Add(CodecFrames frames, bool ends = false)
    {
        var config = _model.Config;
        if (frames.Stages < 1 || frames.Stages > config.Books || frames.Codes.Count % frames.Stages != 0)
            throw new ArgumentException($"{frames.Codes.Count} codes of {frames.Stages} codebooks; the codec has {config.Books}.", nameof(frames));
        if (frames.Codes.Any(code => code < 0 || code >= config.Entries))
            throw new ArgumentException($"Code {frames.Codes.First(code => code < 0 || code >= config.Entries)}; a codebook has the entries 0…{config.Entries - 1}.", nameof(frames));
        if (_ended) throw new InvalidOperationException("The stream has ended.");
        var most = int.MaxValue / config.Hop - 1;
        if (frames.Count > most - _frames) throw new InvalidOperationException($"A stream has at most {most} frames; begin another.");
        _ended = ends;
        _ops.Reset();
        var rows = Layout.Pieces([frames.Count], [_frames], [ends]);
        var entries = frames.Count == 0 ? _ops.Input([], 0, config.Dimension) : _model.Quantiser.Decode(_ops, [.. frames.Codes], frames.Stages);
        float[] samples = [.. _model.Decoder.Forward(_ops, entries, ref rows, _state).Span];
        _frames += frames.Count;
        return samples;
    }

    /// <inheritdoc/>
    public void Dispose() => _state.Dispose();
}
