using Qwen2Audio.Model;
using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Inference.Codec;

/// <summary>
/// Decodes a stream of frames, in pieces of any number of frames, with constant memory. A codec with chunks takes one chunk at a time and
/// cross-fades them; a codec with norms over the whole signal returns all samples at the end.
/// </summary>
public sealed class CodecDecoding : IDisposable
{
    private readonly ICodecModel _model;
    private readonly InferenceOps _ops;
    private readonly SequenceState _state;
    private readonly List<CodecFrames> _waiting = [];
    private readonly ChunkFade? _fade;
    private readonly IReadOnlyList<double> _gains;
    private int _frames;
    private bool _ended;

    /// <param name="model">The codec.</param>
    /// <param name="ops">The operators; every piece begins with a <see cref="InferenceOps.Reset"/>.</param>
    /// <param name="capacity">Maximum rows of the stream, of <see cref="ICodecConfig.Hop"/> samples each; needed if attention has no window.</param>
    /// <param name="gains">Factors of the samples by number of codebooks, from one on (<see cref="OutputGains"/>); null or empty: 1.</param>
    public CodecDecoding(ICodecModel model, InferenceOps ops, int capacity = SequenceState.Endless, IReadOnlyList<double>? gains = null)
    {
        (_model, _ops, _gains) = (model, ops, gains ?? []);
        _state = new SequenceState(1, capacity);
        if (model.Config.Chunks is { } chunks) _fade = new ChunkFade(chunks.Stride, model.Config.AudioChannels);
    }

    /// <summary>Adds frames and returns the samples [samples, channels] that later frames do not change.</summary>
    /// <param name="frames">Frames from the encoder, in any pieces if the codec has no chunks.</param>
    /// <param name="ends">Whether these are the last frames.</param>
    /// <exception cref="ArgumentException">A code is not an entry, or the codec does not support this number of codebooks.</exception>
    /// <exception cref="NonFiniteOutputException">The samples are not finite.</exception>
    /// <exception cref="InvalidOperationException">The stream has already ended, or has more samples than positions can count.</exception>
    public float[] Add(CodecFrames frames, bool ends = false)
    {
        var config = _model.Config;
        if (frames.Stages < _model.MinStages || frames.Stages > config.Stages || frames.Codes.Count % frames.Stages != 0)
            throw new ArgumentException($"{frames.Codes.Count} codes of {frames.Stages} codebooks; the codec takes {_model.MinStages}…{config.Stages}.", nameof(frames));
        if (frames.Codes.Any(code => code < 0 || code >= config.Entries))
            throw new ArgumentException($"Code {frames.Codes.First(code => code < 0 || code >= config.Entries)}; a codebook has the entries 0…{config.Entries - 1}.", nameof(frames));
        if (_ended) throw new InvalidOperationException("The stream has ended.");
        var most = int.MaxValue / config.SamplesPerFrame - 1;
        if (frames.Count > most - _frames) throw new InvalidOperationException($"A stream has at most {most} frames; begin another.");
        _ended = ends;
        if (_fade is not null) return _fade.Add(frames.Count == 0 ? [] : Decode(frames, Layout.Of(frames.Count), null), ends);
        if (!config.SequenceNorm)
        {
            var samples = Decode(frames, Layout.Pieces([frames.Count], [_frames], [ends]), _state);
            _frames += frames.Count;
            return samples;
        }

        _waiting.Add(frames);
        if (!ends) return [];
        var whole = frames with { Codes = [.. _waiting.SelectMany(piece => piece.Codes)] };
        return whole.Count == 0 ? [] : Decode(whole, Layout.Of(whole.Count), null);
    }

    public void Dispose() => _state.Dispose();

    private float[] Decode(CodecFrames frames, Layout rows, SequenceState? state)
    {
        _ops.Reset();
        var values = frames.Count == 0 ? _ops.Input([], 0, _model.Config.Dimension) : _model.Frames(_ops, [.. frames.Codes], frames.Stages);
        float[] samples = [.. _model.Decode(_ops, values, ref rows, state).Span];
        var scale = (_model.Config.Normalise ? frames.Scale : 1) * (float)(_gains.Count == 0 ? 1 : _gains[frames.Stages - 1]);
        if (scale != 1) foreach (ref var sample in samples.AsSpan()) sample *= scale;
        if (samples.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue)) throw new NonFiniteOutputException("samples");
        return samples;
    }
}
