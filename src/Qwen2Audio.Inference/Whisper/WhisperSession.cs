using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Inference.Generation.Processors;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Whisper;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Whisper;

/// <summary>
/// A batch of clips for Whisper's decoder. <see cref="Encode"/> computes the encoder and the keys and values of cross-attention once;
/// <see cref="Restart"/> begins new texts for the same clips, which <see cref="Decoding"/> continues. It handles
/// rows and logits only: the caller chooses the tokens.
/// </summary>
public sealed class WhisperSession : IDisposable
{
    private readonly WhisperModel _model;
    private readonly InferenceOps _ops;
    private readonly WhisperDecoder _decoder;
    private readonly SequenceState _state;
    private readonly int _clips;
    private IDisposable? _kept;

    /// <summary>Allocates the state. The caller keeps the operators but must not use them elsewhere while the session lives.</summary>
    /// <param name="clips">Clips encoded together.</param>
    /// <param name="texts">Maximum number of texts decoded for a clip at the same time.</param>
    /// <param name="cancellation">Ends a pass of the session between two layers with an exception.</param>
    /// <exception cref="ArgumentException">Several texts for each of several clips.</exception>
    public WhisperSession(WhisperModel model, InferenceOps ops, int clips = 1, int texts = 1, CancellationToken cancellation = default)
    {
        if (clips > 1 && texts > 1) throw new ArgumentException($"{texts} texts for each of {clips} clips; allowed: several texts for one clip.", nameof(texts));
        (_model, _ops, _clips, _decoder) = (model, ops, clips, new WhisperDecoder(model));
        _state = new SequenceState(checked(clips * texts), model.Config.MaxTargetPositions);
        Decoding = new DecodingSession(_decoder, ops, _state);
        ops.Cancellation = cancellation;
    }

    /// <summary>The texts: one per clip after the first <see cref="Feed"/>, or as many as were forked.</summary>
    public DecodingSession Decoding { get; }

    /// <summary>Layers of the decoder.</summary>
    internal int Layers => _model.Config.DecoderLayers;

    /// <summary>Attention heads of a decoder layer.</summary>
    internal int Heads => _model.Config.DecoderAttentionHeads;

    /// <summary>Maximum tokens of a text.</summary>
    public int Capacity => _state.Capacity;

    /// <summary>Encodes log-mel rows [clips · frames, bins], with as many clips as the session holds, and begins their texts.</summary>
    /// <exception cref="ArgumentException">The number of clips is wrong, or a clip is longer than the encoder's positions.</exception>
    public void Encode(ReadOnlySpan<float> mel, Layout frames)
    {
        if (frames.Sequences != _clips)
            throw new ArgumentException($"{frames.Sequences} clips; the session holds {_clips}.", nameof(frames));
        Forget();
        _decoder.Cross = _model.Encode(_ops, _ops.Input(mel, frames.Rows, _model.Config.Encoder.NumMelBins), frames);
        _kept = _ops.Keep();
        Restart();
    }

    /// <summary>Begins new texts for the same clips.</summary>
    public void Restart() => Decoding.ReleaseAll();

    /// <summary>
    /// Feeds the same number of tokens to every text, concatenated by text. Returns the logits of each text's last row,
    /// [texts, vocabulary], valid until the next call. The first call begins one text per clip.
    /// </summary>
    /// <exception cref="ArgumentException">The tokens cannot be divided equally, or exceed the model's positions.</exception>
    public Matrix Feed(ReadOnlySpan<int> tokens)
    {
        if (Decoding.Sequences > 0) return Decoding.Step(tokens);
        var each = tokens.Length / _clips;
        if (each == 0 || tokens.Length % _clips != 0)
            throw new ArgumentException($"{tokens.Length} tokens for {_clips} clips; allowed: the same number for each, at least one.", nameof(tokens));
        var lengths = new int[_clips];
        Array.Fill(lengths, each);
        return Decoding.Admit(tokens, Layout.Of(lengths));
    }

    /// <summary>Feeds tokens like <see cref="Feed"/> while <paramref name="probe"/> reads values inside the decoder.</summary>
    internal void Show(ReadOnlySpan<int> tokens, IProbe probe)
    {
        var before = _ops.Probe;
        _ops.Probe = probe;
        try
        {
            Feed(tokens);
        }
        finally
        {
            _ops.Probe = before;
        }
    }

    /// <summary>Continues the texts that were begun, given their logits, one token at a time.</summary>
    internal GenerationRun Continue(Matrix logits, GenerationOptions options, ILogitsProcessor processor, ITokenSampler? sampler = null) =>
        new(_decoder, _ops, Decoding, logits, options, processor, sampler);

    public void Dispose()
    {
        _ops.Cancellation = default;
        Forget();
        _state.Dispose();
    }

    private void Forget()
    {
        _decoder.Cross = null;
        _kept?.Dispose();
        _kept = null;
        _ops.Reset();
    }
}
