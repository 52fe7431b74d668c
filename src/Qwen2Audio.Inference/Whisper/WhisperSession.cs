using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Whisper;
using Qwen2Audio.Numerics;

namespace Qwen2Audio.Inference;

/// <summary>
/// A batch of clips that Whisper's decoder writes about, row by row: the encoder and the keys and values of cross-attention are computed
/// once by <see cref="Listen"/>, and <see cref="Restart"/> begins new texts about the same clips. It knows rows and logits only; which
/// tokens are fed is the caller's choice. A step of one token a clip allocates nothing.
/// </summary>
public sealed class WhisperSession : IDisposable
{
    private readonly WhisperModel _model;
    private readonly InferenceOps _ops;
    private readonly KvCache _cache;
    private AudioMemory<Matrix>? _memory;
    private IDisposable? _kept;
    private Layout _rows = Layout.Of();
    private int _position;
    private bool _stepping;

    /// <summary>Takes the cache of <paramref name="clips"/> sequences; the operators stay the caller's and are the session's while it lives.</summary>
    public WhisperSession(WhisperModel model, InferenceOps ops, int clips = 1)
    {
        _model = model;
        _ops = ops;
        _cache = new KvCache(clips, model.Config.DecoderLayers, model.Config.MaxTargetPositions, model.Config.DModel);
    }

    /// <summary>Tokens that each sequence has so far.</summary>
    public int Position => _position;

    /// <summary>Layers of the decoder.</summary>
    public int Layers => _model.Config.DecoderLayers;

    /// <summary>Attention heads of a decoder layer.</summary>
    public int Heads => _model.Config.DecoderAttentionHeads;

    /// <summary>Tokens that a sequence can have.</summary>
    public int Capacity => _cache.Capacity;

    /// <summary>Encodes the log-mel rows of as many clips as the session is for, [clips · frames, bins], and begins their texts.</summary>
    /// <exception cref="ArgumentException">Another number of clips, or clips that are longer than the encoder's positions.</exception>
    public void Listen(ReadOnlySpan<float> mel, Layout frames)
    {
        if (frames.Sequences != _cache.Slots)
            throw new ArgumentException($"{frames.Sequences} clips; the session is for {_cache.Slots}.", nameof(frames));
        Forget();
        _memory = _model.Listen(_ops, _ops.Input(mel, frames.Rows, _model.Config.Encoder.NumMelBins), frames);
        _kept = _ops.Keep();
        Restart();
    }

    /// <summary>Begins new texts about the same clips.</summary>
    public void Restart()
    {
        _position = 0;
        _stepping = false;
    }

    /// <summary>
    /// Feeds the same number of tokens to every clip's sequence, clip after clip, and gives the logits of each one's last row,
    /// [clips, vocabulary], valid until the next call.
    /// </summary>
    /// <exception cref="ArgumentException">Not as many tokens for each clip, or more than the model has positions for.</exception>
    public Matrix Feed(ReadOnlySpan<int> tokens)
    {
        var hidden = Hidden(tokens);
        var each = tokens.Length / _cache.Slots;
        if (each == 1) return _model.Logits(_ops, hidden);
        var last = new int[_cache.Slots];
        for (var clip = 0; clip < last.Length; clip++) last[clip] = (clip + 1) * each - 1;
        return _model.Logits(_ops, _ops.TakeRows(hidden, last));
    }

    /// <summary>The same with the logits of every row that was fed, [tokens, vocabulary].</summary>
    public Matrix FeedAll(ReadOnlySpan<int> tokens) => _model.Logits(_ops, Hidden(tokens));

    /// <summary>Feeds tokens as <see cref="Feed"/> does and shows <paramref name="probe"/> what happens inside the decoder.</summary>
    public void Show(ReadOnlySpan<int> tokens, IProbe probe)
    {
        var before = _ops.Probe;
        _ops.Probe = probe;
        try
        {
            Hidden(tokens);
        }
        finally
        {
            _ops.Probe = before;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        _cache.Dispose();
    }

    private Matrix Hidden(ReadOnlySpan<int> tokens)
    {
        if (_memory is null) throw new InvalidOperationException("No clip was listened to.");
        var each = tokens.Length / _cache.Slots;
        if (each == 0 || tokens.Length % _cache.Slots != 0)
            throw new ArgumentException($"{tokens.Length} tokens for {_cache.Slots} clips; each gets the same number, one at least.", nameof(tokens));
        if (_position + each > Capacity)
            throw new ArgumentException($"{each} tokens after {_position}; the model has {Capacity} positions.", nameof(tokens));
        _ops.Reset();
        if (each == 1 && _stepping)
        {
            _rows.Advance();
        }
        else
        {
            var (lengths, positions) = (new int[_cache.Slots], new int[_cache.Slots]);
            Array.Fill(lengths, each);
            Array.Fill(positions, _position);
            _rows = Layout.Continuing(lengths, positions);
        }

        _stepping = each == 1;
        _position += each;
        return _model.Hidden(_ops, tokens, _rows, _memory, _cache);
    }

    private void Forget()
    {
        _memory = null;
        _kept?.Dispose();
        _kept = null;
        _ops.Reset();
    }
}
