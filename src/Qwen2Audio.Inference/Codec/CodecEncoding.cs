using Qwen2Audio.Model;
using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Inference.Codec;

/// <summary>
/// Encodes a stream of audio, in pieces of any length, with constant memory: the codes are those of the whole. A codec with chunks returns a chunk when it is complete; a codec with
/// norms over the whole signal returns all frames at the end.
/// </summary>
public sealed class CodecEncoding : IDisposable
{
    private readonly ICodecModel _model;
    private readonly InferenceOps _ops;
    private readonly int _stages;
    private readonly SequenceState _state;
    private readonly List<float> _waiting = []; // samples of incomplete chunks
    private readonly bool _collects;
    private int _samples;
    private bool _ended;

    /// <param name="model">The codec.</param>
    /// <param name="ops">The operators; every piece begins with a <see cref="InferenceOps.Reset"/>.</param>
    /// <param name="stages">Number of codebooks.</param>
    /// <param name="capacity">Maximum rows of the stream, of <see cref="ICodecConfig.Hop"/> samples each; needed if attention has no window.</param>
    /// <exception cref="ArgumentException">The codec does not support this number of codebooks.</exception>
    public CodecEncoding(ICodecModel model, InferenceOps ops, int stages, int capacity = SequenceState.Endless)
    {
        if (stages < model.MinStages || stages > model.Config.Stages)
            throw new ArgumentException($"{stages} codebooks; the codec takes {model.MinStages}…{model.Config.Stages}.", nameof(stages));
        (_model, _ops, _stages) = (model, ops, stages);
        _state = new SequenceState(1, capacity);
        _collects = model.Config.Chunks is not null || model.Config.SequenceNorm || model.Config.Normalise;
    }

    /// <summary>Adds samples and returns the frames that they complete.</summary>
    /// <param name="samples">[samples, channels] at the codec's sampling rate.</param>
    /// <param name="ends">Whether these are the last samples; the last frame is filled up with zeros.</param>
    /// <exception cref="ArgumentException">The samples are not whole rows of channels.</exception>
    /// <exception cref="InvalidOperationException">The stream has already ended, or has more samples than positions can count.</exception>
    public IReadOnlyList<CodecFrames> Add(ReadOnlySpan<float> samples, bool ends = false)
    {
        var channels = _model.Config.AudioChannels;
        if (samples.Length % channels != 0) throw new ArgumentException($"{samples.Length} samples are not whole rows of {channels} channels.", nameof(samples));
        if (_ended) throw new InvalidOperationException("The stream has ended.");
        var most = int.MaxValue - _model.Config.SamplesPerFrame; // the last frame is filled up
        if (samples.Length / channels > most - _samples)
            throw new InvalidOperationException($"A stream has at most {most} samples, {most / 3600.0 / _model.Config.SamplingRate:0.0} hours; begin another.");
        _ended = ends;
        if (_collects)
        {
            _waiting.AddRange(samples);
            return [.. Chunks(ends)];
        }

        var count = samples.Length / channels;
        var codes = Encode(samples, Layout.Pieces([count], [_samples], [ends]), _state);
        _samples += count;
        return codes.Length == 0 ? [] : [new CodecFrames(codes, _stages)];
    }

    public void Dispose() => _state.Dispose();

    private IEnumerable<CodecFrames> Chunks(bool ends)
    {
        var channels = _model.Config.AudioChannels;
        var (length, stride) = _model.Config.Chunks is { } chunks ? (chunks.Length * (long)channels, chunks.Stride * (long)channels) : (long.MaxValue, long.MaxValue);
        while (_waiting.Count > 0 && (ends || _waiting.Count >= length))
        {
            var chunk = _waiting.GetRange(0, (int)Math.Min(length, _waiting.Count)).ToArray();
            _waiting.RemoveRange(0, (int)Math.Min(stride, _waiting.Count));
            var scale = _model.Config.Normalise ? Normalise(chunk, channels) : 1;
            yield return new CodecFrames(Encode(chunk, Layout.Of(chunk.Length / channels), null), _stages, scale);
        }
    }

    private int[] Encode(ReadOnlySpan<float> samples, Layout rows, SequenceState? state)
    {
        _ops.Reset();
        var frames = _model.Encode(_ops, _ops.Input(samples, rows.Rows, _model.Config.AudioChannels), ref rows, state);
        var codes = new int[rows.Rows * _stages];
        if (rows.Rows > 0) _model.Quantise(_ops, frames, _stages, codes);
        return codes;
    }

    /// <summary>Divides samples by the RMS of their mono mix.</summary>
    private static float Normalise(Span<float> samples, int channels)
    {
        var sum = 0.0;
        for (var i = 0; i < samples.Length; i += channels)
        {
            var mono = 0f;
            foreach (var sample in samples.Slice(i, channels)) mono += sample;
            mono /= channels;
            sum += (double)mono * mono;
        }

        var scale = (float)Math.Sqrt(sum / (samples.Length / channels)) + 1e-8f;
        foreach (ref var sample in samples) sample /= scale;
        return scale;
    }
}
