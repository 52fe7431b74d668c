using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Inference.Codec;

/// <summary>
/// Decodes one sound as its frames come, in pieces of any number of frames, with flat memory. A codec with chunks takes a chunk at a time and
/// fades it into the next; one whose norms take in the whole sound gives all samples at its end.
/// </summary>
public sealed class CodecDecoding : IDisposable
{
    private readonly CodecModel _model;
    private readonly InferenceOps _ops;
    private readonly SequenceState _state;
    private readonly List<CodecFrames> _waiting = [];
    private readonly ChunkFade? _fade;
    private int _frames;
    private bool _ended;

    /// <param name="model">The codec.</param>
    /// <param name="ops">The operators; every piece begins with a <see cref="InferenceOps.Reset"/>.</param>
    /// <param name="capacity">The most rows, of <see cref="CodecConfig.Hop"/> samples each, that the sound can have; needed where attention has no window.</param>
    public CodecDecoding(CodecModel model, InferenceOps ops, int capacity = SequenceState.Endless)
    {
        (_model, _ops) = (model, ops);
        _state = new SequenceState(1, capacity);
        if (model.Config.Chunks is { } chunks) _fade = new ChunkFade(chunks.Stride, model.Config.AudioChannels);
    }

    /// <summary>Takes the next frames and gives the samples [samples, channels] that later frames do not change.</summary>
    /// <param name="frames">Frames as the encoder gave them, in any pieces where the codec has no chunks.</param>
    /// <param name="ends">Whether these are the last ones.</param>
    /// <exception cref="ArgumentException">Codes of no entry, or a number of codebooks that the codec does not have.</exception>
    /// <exception cref="InvalidOperationException">The sound has ended before.</exception>
    public float[] Add(CodecFrames frames, bool ends = false)
    {
        if (frames.Stages < 1 || frames.Stages > _model.Config.Stages || frames.Codes.Count % frames.Stages != 0)
            throw new ArgumentException($"{frames.Codes.Count} codes of {frames.Stages} codebooks; the codec has {_model.Config.Stages}.", nameof(frames));
        if (_ended) throw new InvalidOperationException("The sound has ended.");
        _ended = ends;
        if (_fade is not null) return _fade.Add(Decode(frames, Layout.Of(frames.Count), null), ends);
        if (!_model.Config.SequenceNorm)
        {
            var samples = Decode(frames, Layout.Pieces([frames.Count], [_frames], [ends]), _state);
            _frames = checked(_frames + frames.Count);
            return samples;
        }

        _waiting.Add(frames);
        if (!ends) return [];
        var whole = frames with { Codes = [.. _waiting.SelectMany(piece => piece.Codes)] };
        return Decode(whole, Layout.Of(whole.Count), null);
    }

    /// <inheritdoc/>
    public void Dispose() => _state.Dispose();

    private float[] Decode(CodecFrames frames, Layout rows, SequenceState? state)
    {
        _ops.Reset();
        var values = frames.Count == 0 ? _ops.Input([], 0, _model.Config.Dimension) : _model.Frames(_ops, [.. frames.Codes], frames.Stages);
        float[] samples = [.. _model.Decode(_ops, values, ref rows, state).Span];
        if (_model.Config.Normalise) foreach (ref var sample in samples.AsSpan()) sample *= frames.Scale;
        return samples;
    }
}
