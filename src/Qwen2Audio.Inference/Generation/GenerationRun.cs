using Qwen2Audio.Inference.Generation.Processors;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Generation;

/// <summary>
/// Sequences being generated, one token each per call of <see cref="Next"/>. More prompts may be added at any time
/// (<see cref="Add"/>). Between two calls it holds nothing but its state, so others may use the operators. A step allocates no
/// managed memory, except when sequences begin or end.
/// </summary>
public sealed class GenerationRun : IDisposable
{
    private readonly IDecoder _decoder;
    private readonly InferenceOps _ops;
    private readonly GenerationOptions _options;
    private readonly TokenChoice _choice;
    private readonly Queue<(Prompts Prompts, int First)> _waiting = new();
    private readonly List<RunningSequence> _all = [];
    private readonly RunningSequence[] _active;
    private readonly GeneratedToken[] _tokens;
    private readonly int[] _feed;
    private readonly DecodingSession? _session;
    private readonly SequenceState? _state;
    private readonly bool _open; // prompts may still be added after all sequences have ended
    private Matrix _logits; // of sequences that the caller admitted
    private int _activeCount;
    private int _tokenCount;
    private bool _disposed;

    /// <summary>Continues <paramref name="prompts"/> with a new state.</summary>
    internal GenerationRun(IDecoder decoder, InferenceOps ops, Prompts prompts, GenerationOptions options, ITokenSampler? sampler)
        : this(decoder, ops, options, new TokenChoice(options, sampler), prompts.Count)
    {
        prompts.Check(options, decoder.Shape.Vocabulary);
        Queue(prompts);
        if (prompts.Count == 0 || options.MaxNewTokens == 0) return;
        _state = prompts.State(1, options.MaxNewTokens);
        _session = new DecodingSession(decoder, ops, _state);
    }

    /// <summary>Starts without prompts: up to <paramref name="slots"/> sequences of up to <paramref name="capacity"/> rows, new tokens included.</summary>
    internal GenerationRun(IDecoder decoder, InferenceOps ops, int slots, int capacity, GenerationOptions options, ITokenSampler? sampler)
        : this(decoder, ops, options, new TokenChoice(options, sampler), slots)
    {
        options.Check(decoder.Shape.Vocabulary);
        _open = true;
        _state = new SequenceState(slots, capacity);
        _session = new DecodingSession(decoder, ops, _state);
    }

    /// <summary>Continues the sequences of a session, given their logits, with the caller's logits processor and sampler.</summary>
    internal GenerationRun(
        IDecoder decoder, InferenceOps ops, DecodingSession session, Matrix logits, GenerationOptions options, ILogitsProcessor processor, ITokenSampler? sampler)
        : this(decoder, ops, options, new TokenChoice(options, sampler, processor), session.Sequences)
    {
        (_session, _logits) = (session, logits);
        for (var i = 0; i < session.Sequences; i++) _all.Add(new RunningSequence(i, [], options));
        foreach (var sequence in _all) _active[_activeCount++] = sequence;
    }

    private GenerationRun(IDecoder decoder, InferenceOps ops, GenerationOptions options, TokenChoice choice, int slots)
    {
        if (options.Beams > 1) throw new ArgumentException($"Beams is {options.Beams}; allowed: 1 when tokens are streamed.", nameof(options));
        (_decoder, _ops, _options, _choice) = (decoder, ops, options, choice);
        _active = new RunningSequence[slots];
        _tokens = new GeneratedToken[slots];
        _feed = new int[slots];
    }

    /// <summary>The tokens of the last step, by sequence.</summary>
    public ReadOnlySpan<GeneratedToken> Tokens => _tokens.AsSpan(0, _tokenCount);

    /// <summary>The sequences so far, by prompt.</summary>
    public IReadOnlyList<GeneratedSequence> Results => [.. _all.Select(sequence => sequence.Result)];

    /// <summary>Adds a prompt and returns its sequence number. It joins the running sequences in the first step that has a free slot.</summary>
    /// <exception cref="ArgumentException">The prompt is empty, or prompt and new tokens do not fit into a slot.</exception>
    public int Add(int[] prompt)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var added = Prompts.Of([prompt]);
        added.Check(_options, _decoder.Shape.Vocabulary);
        if (_session is null || added.Longest + (long)_options.MaxNewTokens > _session.Capacity)
            throw new ArgumentException($"A prompt of {added.Longest} rows and {_options.MaxNewTokens} new tokens does not fit; a slot holds {_session?.Capacity ?? 0} rows.", nameof(prompt));
        Queue(added);
        return _all.Count - 1;
    }

    /// <summary>
    /// Generates one token for each running sequence; false when none is left. When cancelled, also in the middle of a pass, it generates
    /// nothing and ends the running sequences with <see cref="FinishReason.Cancelled"/>. There is no exception, and earlier tokens
    /// are kept.
    /// </summary>
    public bool Next(CancellationToken cancellation = default)
    {
        _tokenCount = 0;
        if (!_disposed) ReleaseEnded();
        if (cancellation.IsCancellationRequested) Cancel();
        if (_activeCount == 0 && _waiting.Count == 0)
        {
            if (!_open) Dispose();
            return false;
        }

        if (!TryCompute(cancellation, out var logits)) return false;
        for (var i = 0; i < _activeCount; i++) _tokens[i] = _active[i].Add(logits.Row(i), _choice);
        _tokenCount = _activeCount;
        return true;
    }

    /// <summary>Ends a sequence after its current tokens with <see cref="FinishReason.Stopped"/>; no effect after an end token.</summary>
    public void Stop(int sequence) => _all[sequence].End(FinishReason.Stopped);

    /// <summary>Releases the state; the results stay available.</summary>
    public void Dispose()
    {
        _disposed = true;
        _activeCount = 0;
        _waiting.Clear();
        _state?.Dispose();
    }

    private void Queue(Prompts prompts)
    {
        var first = _all.Count;
        for (var i = 0; i < prompts.Count; i++) _all.Add(new RunningSequence(first + i, prompts.Ids(i), _options));
        if (_options.MaxNewTokens > 0 && prompts.Count > 0) _waiting.Enqueue((prompts, first));
    }

    /// <summary>Runs the next pass; false when it was cancelled.</summary>
    private bool TryCompute(CancellationToken cancellation, out Matrix logits)
    {
        var outer = _ops.Cancellation;
        _ops.Cancellation = cancellation;
        try
        {
            logits = Compute();
            return true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            logits = default;
            Cancel();
            return false;
        }
        finally
        {
            _ops.Cancellation = outer;
        }
    }

    private Matrix Compute()
    {
        if (!_logits.IsNull)
        {
            var given = _logits;
            _logits = default;
            return given;
        }

        return _waiting.TryPeek(out var next) && next.Prompts.Count <= _session!.FreeSlots ? Admit() : _session!.Step(_feed.AsSpan(0, _activeCount));
    }

    private Matrix Admit()
    {
        var (prompts, first) = _waiting.Dequeue();
        var logits = _session!.Step(_feed.AsSpan(0, _activeCount), () => prompts.Embed(_decoder, _ops), prompts.Rows);
        for (var i = 0; i < prompts.Count; i++) _active[_activeCount++] = _all[first + i];
        return logits;
    }

    private void Cancel()
    {
        foreach (var sequence in _all.Where(sequence => sequence.Ended == FinishReason.None)) sequence.End(FinishReason.Cancelled);
        Dispose();
    }

    /// <summary>Releases ended sequences and keeps the running ones with their next tokens.</summary>
    private void ReleaseEnded()
    {
        var kept = 0;
        List<int>? ended = null;
        for (var i = 0; i < _activeCount; i++)
        {
            if (_active[i].Ended != FinishReason.None)
            {
                (ended ??= []).Add(i);
                continue;
            }

            _active[kept] = _active[i];
            if (_active[kept].Made > 0) _feed[kept] = _active[kept].Last;
            kept++;
        }

        if (ended is not null) _session!.Release(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ended));
        _activeCount = kept;
    }
}
