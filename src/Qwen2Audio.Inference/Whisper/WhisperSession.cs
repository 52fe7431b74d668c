using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Inference.Generation.Rules;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Whisper;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Whisper;

/// <summary>
/// A batch of clips that Whisper's decoder writes about: the encoder and the keys and values of cross-attention are computed once by
/// <see cref="Encode"/>, and <see cref="Restart"/> begins new texts about the same clips, which <see cref="Decoding"/> continues. It knows
/// rows and logits only; which tokens are fed is the caller's choice.
/// </summary>
public sealed class WhisperSession : IDisposable
{
    private readonly WhisperModel _model;
    private readonly InferenceOps _ops;
    private readonly WhisperDecoder _decoder;
    private readonly SequenceState _state;
    private readonly int _clips;
    private IDisposable? _kept;

    /// <summary>Takes the state of <paramref name="clips"/> sequences; the operators stay the caller's and are the session's while it lives.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ops">The operators.</param>
    /// <param name="clips">Clips that are listened to together.</param>
    /// <param name="texts">Texts about a clip that are written at the same time at most.</param>
    /// <param name="cancellation">Ends a pass of the session between two layers with an exception.</param>
    /// <exception cref="ArgumentException">Several texts about each of several clips.</exception>
    public WhisperSession(WhisperModel model, InferenceOps ops, int clips = 1, int texts = 1, CancellationToken cancellation = default)
    {
        if (clips > 1 && texts > 1) throw new ArgumentException($"{texts} texts about each of {clips} clips; allowed: several of one clip.", nameof(texts));
        (_model, _ops, _clips, _decoder) = (model, ops, clips, new WhisperDecoder(model));
        _state = new SequenceState(checked(clips * texts), model.Config.MaxTargetPositions);
        Decoding = new DecodingSession(_decoder, ops, _state);
        ops.Cancellation = cancellation;
    }

    /// <summary>The texts: one a clip after the first <see cref="Feed"/>, or as many as were forked.</summary>
    public DecodingSession Decoding { get; }

    /// <summary>Layers of the decoder.</summary>
    public int Layers => _model.Config.DecoderLayers;

    /// <summary>Attention heads of a decoder layer.</summary>
    public int Heads => _model.Config.DecoderAttentionHeads;

    /// <summary>Tokens that a text can have.</summary>
    public int Capacity => _state.Capacity;

    /// <summary>Encodes the log-mel rows of as many clips as the session is for, [clips · frames, bins], and begins their texts.</summary>
    /// <exception cref="ArgumentException">Another number of clips, or clips that are longer than the encoder's positions.</exception>
    public void Encode(ReadOnlySpan<float> mel, Layout frames)
    {
        if (frames.Sequences != _clips)
            throw new ArgumentException($"{frames.Sequences} clips; the session is for {_clips}.", nameof(frames));
        Forget();
        _decoder.Cross = _model.Encode(_ops, _ops.Input(mel, frames.Rows, _model.Config.Encoder.NumMelBins), frames);
        _kept = _ops.Keep();
        Restart();
    }

    /// <summary>Begins new texts about the same clips.</summary>
    public void Restart() => Decoding.ReleaseAll();

    /// <summary>
    /// Feeds the same number of tokens to every text, one text behind the other, and gives the logits of each one's last row,
    /// [texts, vocabulary], valid until the next call. The first tokens begin one text a clip.
    /// </summary>
    /// <exception cref="ArgumentException">The texts have different numbers of tokens, or more than the model has positions.</exception>
    public Matrix Feed(ReadOnlySpan<int> tokens)
    {
        if (Decoding.Sequences > 0) return Decoding.Step(tokens);
        var each = tokens.Length / _clips;
        if (each == 0 || tokens.Length % _clips != 0)
            throw new ArgumentException($"{tokens.Length} tokens for {_clips} clips; each gets the same number, one at least.", nameof(tokens));
        var lengths = new int[_clips];
        Array.Fill(lengths, each);
        return Decoding.Admit(tokens, Layout.Of(lengths));
    }

    /// <summary>Feeds tokens as <see cref="Feed"/> does and shows <paramref name="probe"/> what happens inside the decoder.</summary>
    public void Show(ReadOnlySpan<int> tokens, IProbe probe)
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

    /// <summary>Continues the texts that were begun, whose logits are given, one token at a time.</summary>
    internal GenerationRun Continue(Matrix logits, GenerationOptions options, ILogitsRule rules, ITokenChooser? chooser = null) =>
        new(_decoder, _ops, Decoding, logits, options, rules, chooser);

    /// <inheritdoc/>
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
