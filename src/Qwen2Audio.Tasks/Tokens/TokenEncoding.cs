using Qwen2Audio.Audio;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Tokens;

/// <summary>Encodes a stream of samples at the codec's rate and channels. The caller holds the model's gate during <see cref="Add"/>.</summary>
internal sealed class TokenEncoding : IDisposable
{
    private const double AudibleOffset = 0.01;
    private const float MostMagnitude = 10 * AudioClip.MostMagnitude; // resampling overshoots
    private readonly LoadedCodec _codec;
    private readonly CodecEncoding _encoding;
    private readonly StretchLevel? _level;
    private readonly Queue<(long End, float Scale)> _stretches = new(); // frame at which each ends
    private readonly int _codebooks;
    private readonly bool _hasGain; // the whole stream is one stretch
    private long _levelled; // samples in complete stretches
    private long _frames;
    private double _offset;

    public TokenEncoding(LoadedCodec codec, InferenceOps ops, int codebooks, double? gain)
    {
        (_codec, _codebooks, _hasGain) = (codec, codebooks, gain is not null);
        var config = codec.Config;
        _encoding = new CodecEncoding(codec.Model, ops, codebooks);
        if (codec.Kind == ModelKinds.FrameCodec) _level = new StretchLevel(config.SamplingRate, config.SamplesPerFrame, gain);
    }

    /// <summary>Length so far, in samples per channel.</summary>
    public long Samples { get; private set; }

    /// <summary>Changes made to the audio.</summary>
    public IEnumerable<TaskWarning> Warnings
    {
        get
        {
            if (_offset >= AudibleOffset) yield return new TaskWarning("offset-removed", $"The samples are not centred on zero (mean {_offset:g3} of full scale); the offset is not kept in the tokens.");
            if (AttentionWindow.Warning(_codec, Samples, "codes") is { } window) yield return TaskWarning.Of(window);
        }
    }

    /// <summary>Adds samples and returns the frames that they complete.</summary>
    /// <exception cref="ArgumentException">A sample is not finite or too large, or the samples are not whole rows of channels.</exception>
    public List<TokenPiece> Add(ReadOnlySpan<float> samples, bool ends)
    {
        var channels = _codec.Config.AudioChannels;
        for (var i = 0; i < samples.Length; i++)
            if (!(Math.Abs(samples[i]) <= MostMagnitude)) throw new ArgumentException($"Sample {Samples + i / channels} is {samples[i]}; only finite numbers up to {MostMagnitude} in magnitude can be encoded.", nameof(samples));
        Samples += samples.Length / channels;
        var made = new List<TokenPiece>();
        if (_level is null) Encode(ends ? Completed(samples) : samples, ends, made);
        else
        {
            foreach (var stretch in _level.Add(samples, ends))
            {
                _levelled += stretch.Samples.Length;
                _offset = Math.Max(_offset, Math.Abs(stretch.Mean));
                if (!_hasGain || _stretches.Count == 0)
                    _stretches.Enqueue((_hasGain || stretch.Ends ? long.MaxValue : _levelled / _codec.Config.SamplesPerFrame, stretch.Scale));
                Encode(stretch.Samples, stretch.Ends, made);
            }
        }

        return made;
    }

    public void Dispose() => _encoding.Dispose();

    // DAC drops an incomplete frame, so its published feature extractor pads it with silence
    private ReadOnlySpan<float> Completed(ReadOnlySpan<float> samples)
    {
        var rest = Samples % _codec.Config.SamplesPerFrame;
        if (_codec.Kind != ModelKinds.Dac || rest == 0) return samples;
        var completed = new float[samples.Length + (_codec.Config.SamplesPerFrame - rest) * _codec.Config.AudioChannels];
        samples.CopyTo(completed);
        return completed;
    }

    private void Encode(ReadOnlySpan<float> samples, bool ends, List<TokenPiece> made)
    {
        var most = _codec.Config.SamplingRate * _codec.Config.AudioChannels;
        for (; samples.Length > most; samples = samples[most..]) Take(_encoding.Add(samples[..most]), made);
        Take(_encoding.Add(samples, ends), made);
    }

    private void Take(IReadOnlyList<CodecFrames> encoded, List<TokenPiece> made)
    {
        foreach (var frames in encoded)
        {
            if (_level is null)
            {
                made.Add(new TokenPiece(frames.Codes, _codebooks, frames.Scale));
                continue;
            }

            for (var rest = frames; rest.Count > 0;)
            {
                while (_stretches.Peek().End <= _frames) _stretches.Dequeue();
                var (end, scale) = _stretches.Peek();
                var count = (int)Math.Min(rest.Count, end - _frames);
                made.Add(new TokenPiece(rest.First(count).Codes, _codebooks, scale));
                rest = rest.From(count);
                _frames += count;
            }
        }
    }
}
