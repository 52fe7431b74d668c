using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Whisper;
using Qwen2Audio.Numerics;

namespace Qwen2Audio.Inference;

/// <summary>
/// A batch of clips that Whisper's decoder writes about, row by row: the encoder and the keys and values of cross-attention are computed
/// once by <see cref="Listen"/>, and <see cref="Restart"/> begins new texts about the same clips. About one clip several texts can be
/// written at the same time (<see cref="Fork"/>). It knows rows and logits only; which tokens are fed is the caller's choice. A step of
/// one token a clip allocates nothing.
/// </summary>
public sealed class WhisperSession : IDisposable
{
    private readonly WhisperModel _model;
    private readonly InferenceOps _ops;
    private readonly KvCache _cache;
    private readonly int _clips;
    private readonly SlotForks _forks;
    private int[] _slots = []; // of each sequence
    private bool _forked;
    private Layout? _together; // the rows of all texts about one clip
    private AudioMemory<Matrix>? _memory;
    private IDisposable? _kept;
    private Layout _rows = Layout.Of();
    private int _position;
    private bool _stepping;

    /// <summary>Takes the cache of <paramref name="clips"/> sequences; the operators stay the caller's and are the session's while it lives.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ops">The operators.</param>
    /// <param name="clips">Clips that are listened to together.</param>
    /// <param name="texts">Texts about a clip that are written at the same time at most.</param>
    /// <param name="cancellation">Ends a pass of the session between two layers with an exception.</param>
    /// <exception cref="ArgumentException">Several texts about each of several clips.</exception>
    public WhisperSession(WhisperModel model, InferenceOps ops, int clips = 1, int texts = 1, CancellationToken cancellation = default)
    {
        if (clips > 1 && texts > 1) throw new ArgumentException($"{texts} texts about each of {clips} clips; allowed: several of one clip.", nameof(texts));
        _model = model;
        _ops = ops;
        _clips = clips;
        _cache = new KvCache(checked(clips * texts), model.Config.DecoderLayers, model.Config.MaxTargetPositions, model.Config.DModel);
        _forks = new SlotForks(_cache);
        ops.Cancellation = cancellation;
    }

    /// <summary>Sequences that are written: one a clip, or as many as <see cref="Fork"/> made.</summary>
    public int Sequences => _slots.Length;

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
        if (frames.Sequences != _clips)
            throw new ArgumentException($"{frames.Sequences} clips; the session is for {_clips}.", nameof(frames));
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
        _forked = false;
        _slots = [.. Enumerable.Range(0, _clips)];
    }

    /// <summary>
    /// Goes on with <paramref name="parents"/>: sequences of the last step, in this order, of which some may occur more than once.
    /// </summary>
    /// <exception cref="InvalidOperationException">The session has several clips.</exception>
    /// <exception cref="ArgumentException">More sequences than the session is for.</exception>
    public void Fork(ReadOnlySpan<int> parents)
    {
        if (_clips > 1) throw new InvalidOperationException($"A session of {_clips} clips writes one text about each.");
        if (!_forked) _forks.Begin(_slots, [_position]);
        _forked = true;
        var slots = new int[parents.Length];
        var rows = new int[parents.Length];
        Array.Fill(rows, _position);
        for (var i = 0; i < slots.Length; i++) slots[i] = _slots[parents[i]];
        _slots = _forks.Fork(slots, rows);
        _stepping = false;
    }

    /// <summary>
    /// Feeds the same number of tokens to every sequence, one behind the other, and gives the logits of each one's last row,
    /// [sequences, vocabulary], valid until the next call.
    /// </summary>
    /// <exception cref="ArgumentException">Not as many tokens for each sequence, or more than the model has positions for.</exception>
    public Matrix Feed(ReadOnlySpan<int> tokens)
    {
        var hidden = Hidden(tokens);
        var each = tokens.Length / Sequences;
        if (each == 1) return _model.Logits(_ops, hidden);
        var last = new int[Sequences];
        for (var i = 0; i < last.Length; i++) last[i] = (i + 1) * each - 1;
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
        _ops.Cancellation = default;
        Forget();
        _cache.Dispose();
    }

    private Matrix Hidden(ReadOnlySpan<int> tokens)
    {
        if (_memory is null) throw new InvalidOperationException("No clip was listened to.");
        var each = tokens.Length / Sequences;
        if (each == 0 || tokens.Length % Sequences != 0)
            throw new ArgumentException($"{tokens.Length} tokens for {Sequences} sequences; each gets the same number, one at least.", nameof(tokens));
        if (_position + each > Capacity)
            throw new ArgumentException($"{each} tokens after {_position}; the model has {Capacity} positions.", nameof(tokens));
        _ops.Reset();
        if (each == 1 && _stepping)
        {
            _rows.Advance();
        }
        else
        {
            var (lengths, positions) = (new int[Sequences], new int[Sequences]);
            Array.Fill(lengths, each);
            Array.Fill(positions, _position);
            _rows = Layout.Continuing(lengths, positions, _slots);
        }

        _stepping = each == 1;
        _position += each;
        if (Sequences == _clips) return _model.Hidden(_ops, tokens, _rows, _memory, _cache);
        if (_together?.Rows != tokens.Length) _together = Layout.Of(tokens.Length);
        return _model.Hidden(_ops, tokens, _rows, _memory, _cache, _together);
    }

    private void Forget()
    {
        _memory = null;
        _kept?.Dispose();
        _kept = null;
        _ops.Reset();
    }
}
