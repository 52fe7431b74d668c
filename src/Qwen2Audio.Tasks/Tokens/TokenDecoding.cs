using Qwen2Audio.Checkpoints;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Model;

namespace Qwen2Audio.Tasks.Tokens;

/// <summary>Decodes a stream of tokens to as many samples as the original audio had. The caller holds the model's gate during each call.</summary>
internal sealed class TokenDecoding : IDisposable
{
    private readonly LoadedCodec _codec;
    private readonly CodecDecoding _decoding;
    private readonly int _codebooks;
    private readonly bool _levelled;
    private readonly Queue<(long Start, StretchFade Fade)> _stretches = new();
    private (long Start, StretchFade Fade) _stretch;
    private readonly List<float> _held = []; // samples that the end of the audio may cut off
    private float? _scale;
    private long _frames;
    private long _samples;

    public TokenDecoding(LoadedCodec codec, InferenceOps ops, int codebooks)
    {
        (_codec, _codebooks) = (codec, codebooks);
        _decoding = new CodecDecoding(codec.Model, ops, gains: codec.OutputGains);
        _levelled = codec.Kind == ModelKinds.FrameCodec;
    }

    /// <summary>Samples per channel returned so far.</summary>
    public long Released => _samples - _held.Count / Channels;

    private int Channels => _codec.Config.AudioChannels;

    /// <summary>The lengths, in samples per channel, that audio of this many frames may have. Chunks overlap, so with them it may be shorter.</summary>
    public static (long Min, long Max) Lengths(ICodecConfig config, long frames) =>
        (config.Chunks is null ? (frames - 1) * config.SamplesPerFrame + Math.Min(frames, 1) : Math.Min(frames, 1), frames * config.SamplesPerFrame);

    /// <summary>Adds tokens and returns the samples that later tokens do not change.</summary>
    /// <exception cref="ArgumentException">A code is not an entry, or there are too few codebooks.</exception>
    public float[] Add(TokenPiece piece)
    {
        if (piece.Codebooks < _codebooks) throw new ArgumentException($"A piece of {piece.Codebooks} codebooks; {_codebooks} are to be decoded.", nameof(piece));
        if (piece.Frames == 0) return [];
        var codes = piece.Codebooks == _codebooks ? piece.Codes : [.. piece.Codes.Where((_, i) => i % piece.Codebooks < _codebooks)];
        if (_levelled && _scale != piece.Scale)
            _stretches.Enqueue((_frames * _codec.Config.SamplesPerFrame, new StretchFade(2 * _codec.Config.SamplesPerFrame, _scale ?? piece.Scale, piece.Scale)));
        (_scale, _frames) = (piece.Scale, _frames + piece.Frames);
        var most = _codec.Config.Chunks is null ? _codec.Config.SamplingRate / _codec.Config.SamplesPerFrame + 1 : int.MaxValue;
        for (var rest = new CodecFrames(codes, _codebooks, piece.Scale); rest.Count > 0; rest = rest.From(Math.Min(most, rest.Count)))
            Take(_decoding.Add(rest.Count > most ? rest.First(most) : rest));
        return Release(Math.Max(0, _held.Count - (_codec.Config.SamplesPerFrame - 1) * Channels));
    }

    /// <summary>Ends the stream and returns the remaining samples.</summary>
    /// <param name="samples">Length of the audio in samples per channel.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length does not fit the number of frames.</exception>
    public float[] Finish(long samples)
    {
        Take(_decoding.Add(new CodecFrames([], _codebooks, _scale ?? 1), ends: true));
        var released = Released;
        var (least, most) = Lengths(_codec.Config, _frames);
        (least, most) = _codec.Config.Chunks is null ? (Math.Max(released, least), Math.Max(_samples, most)) : (released, _samples);
        if (samples < least || samples > most) throw new ArgumentOutOfRangeException(nameof(samples), samples, $"{least}…{most} for {_frames} frames.");
        if (samples > _samples) _held.AddRange(new float[(samples - _samples) * Channels]); // because of odd strides, DAC's frames give a few samples too few
        return Release((int)(samples - released) * Channels);
    }

    public void Dispose() => _decoding.Dispose();

    private void Take(float[] decoded)
    {
        if (_levelled)
        {
            for (var i = 0; i < decoded.Length; i++)
            {
                while (_stretches.TryPeek(out var next) && next.Start <= _samples + i) _stretch = _stretches.Dequeue();
                decoded[i] *= _stretch.Fade.Scale(_samples + i - _stretch.Start);
            }
        }

        _samples += decoded.Length / Channels;
        _held.AddRange(decoded);
    }

    private float[] Release(int count)
    {
        var released = _held.GetRange(0, count).ToArray();
        _held.RemoveRange(0, count);
        return released;
    }
}
