using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics;

namespace Qwen2Audio.Inference;

/// <summary>
/// Prompts that are being continued, one token each at every <see cref="Next"/>. Between two calls it needs nothing of the operators
/// but its cache, so others may use them. A step allocates no managed memory, except when sequences end.
/// </summary>
public sealed class GenerationRun : IDisposable
{
    private readonly Prompts _prompts;
    private readonly Qwen2Model _model;
    private readonly InferenceOps _ops;
    private readonly TokenChoice _choice;
    private readonly GeneratingSequence[] _all;
    private readonly GeneratedToken[] _tokens;
    private readonly int[] _feed;
    private readonly int[] _places;
    private readonly GeneratingSequence[] _active;
    private int _activeCount;
    private int _tokenCount;
    private KvCache? _cache;
    private DecodingSession? _session;

    internal GenerationRun(Qwen2Model model, InferenceOps ops, Prompts prompts, GenerationOptions options, ITokenChooser? chooser)
    {
        prompts.Check(options, model.Config.VocabSize);
        if (options.Beams > 1) throw new ArgumentException($"Beams is {options.Beams}; allowed: 1, where tokens are handed out as they come.", nameof(options));
        (_model, _ops, _prompts) = (model, ops, prompts);
        _choice = new TokenChoice(options, chooser);
        _all = new GeneratingSequence[prompts.Count];
        for (var i = 0; i < _all.Length; i++) _all[i] = new GeneratingSequence(i, prompts.Ids(i), options);
        _active = [.. _all];
        _tokens = new GeneratedToken[_all.Length];
        _feed = new int[_all.Length];
        _places = new int[_all.Length];
        _activeCount = _all.Length;
        if (_all.Length == 0 || options.MaxNewTokens == 0) return;
        _cache = prompts.Cache(model, 1, options.MaxNewTokens);
    }

    /// <summary>The tokens that the last step made, by sequence.</summary>
    public ReadOnlySpan<GeneratedToken> Tokens => _tokens.AsSpan(0, _tokenCount);

    /// <summary>What has been made so far for each prompt.</summary>
    public IReadOnlyList<GeneratedSequence> Results => [.. _all.Select(sequence => sequence.Result)];

    /// <summary>
    /// Makes one token for each sequence that has not ended; false when none is left. With a cancelled token nothing is made and those
    /// that have not ended end with <see cref="EndReason.Cancelled"/>, within a pass between two of its layers: there is no exception, and what
    /// was made stays.
    /// </summary>
    public bool Next(CancellationToken cancellation = default)
    {
        _tokenCount = 0;
        DropEnded();
        if (cancellation.IsCancellationRequested) Cancel();

        if (_activeCount == 0)
        {
            Dispose();
            return false;
        }

        if (!TryCompute(cancellation, out var logits)) return false;
        for (var i = 0; i < _activeCount; i++) _tokens[i] = _active[i].Add(logits.Row(i), _choice);
        _tokenCount = _activeCount;
        return true;
    }

    /// <summary>Ends a sequence after the tokens that it has, with <see cref="EndReason.Stopped"/>; one that has ended by an end token stays so.</summary>
    public void Stop(int sequence) => _all[sequence].End(EndReason.Stopped);

    /// <summary>Gives back the cache; the results stay.</summary>
    public void Dispose()
    {
        _activeCount = 0;
        _session = null;
        _cache?.Dispose();
        _cache = null;
    }

    /// <summary>Runs the next pass; false when it was cancelled within.</summary>
    private bool TryCompute(CancellationToken cancellation, out Matrix logits)
    {
        var outer = _ops.Cancellation;
        _ops.Cancellation = cancellation;
        try
        {
            logits = _session is null ? Prefill() : _session.Step(_feed.AsSpan(0, _activeCount));
            return true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            logits = default;
            Cancel();
            Dispose();
            return false;
        }
        finally
        {
            _ops.Cancellation = outer;
        }
    }

    private void Cancel()
    {
        for (var i = 0; i < _activeCount; i++) _active[i].End(EndReason.Cancelled);
        _activeCount = 0;
    }

    private Matrix Prefill()
    {
        _session = new DecodingSession(_model, _ops, _cache!);
        return _session.Prefill(_prompts.Embed(_model, _ops), _prompts.Rows);
    }

    /// <summary>Leaves those that go on, and the tokens that they are fed with.</summary>
    private void DropEnded()
    {
        var kept = 0;
        for (var i = 0; i < _activeCount; i++)
        {
            if (_active[i].Ended != EndReason.None) continue;
            _places[kept] = i;
            _active[kept] = _active[i];
            if (_session is not null) _feed[kept] = _active[kept].Last;
            kept++;
        }

        if (kept < _activeCount && kept > 0) _session?.Keep(_places.AsSpan(0, kept));
        _activeCount = kept;
    }
}
