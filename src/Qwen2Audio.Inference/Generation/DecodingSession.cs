using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics;

namespace Qwen2Audio.Inference;

/// <summary>
/// Sequences that are decoded together, row by row, over one cache. It knows rows and logits only; which tokens are fed is the
/// caller's choice, so greedy decoding, sampling and beams can share it. A step allocates nothing.
/// </summary>
public sealed class DecodingSession
{
    private readonly Qwen2Model _model;
    private readonly InferenceOps _ops;
    private readonly KvCache _cache;
    private readonly SlotForks _forks;
    private Layout _rows = Layout.Of();

    /// <summary>Decodes with <paramref name="model"/>; operators and cache stay the caller's.</summary>
    public DecodingSession(Qwen2Model model, InferenceOps ops, KvCache cache)
    {
        _model = model;
        _ops = ops;
        _cache = cache;
        _forks = new SlotForks(cache);
    }

    /// <summary>Sequences that the next step continues.</summary>
    public int Sequences => _rows.Sequences;

    /// <summary>
    /// Runs whole prompts, long ones in parts, so that intermediate results do not grow with them: <paramref name="x"/> are their embedded
    /// rows, which are lost. Gives the logits of each one's last row, [sequences, vocabulary], which are valid until the next call.
    /// </summary>
    /// <exception cref="ArgumentException">A prompt is empty, or does not fit into the cache.</exception>
    public Matrix Prefill(Matrix x, Layout rows)
    {
        var last = new int[rows.Sequences];
        var ones = new int[rows.Sequences];
        var next = new int[rows.Sequences];
        for (var s = 0; s < last.Length; s++)
        {
            if (rows.Length(s) == 0) throw new ArgumentException($"Prompt {s} is empty.", nameof(rows));
            last[s] = rows.Starts[s + 1] - 1;
            ones[s] = 1;
            next[s] = rows.Positions[last[s]] + 1;
        }

        _ops.ReservePositions(_cache.Capacity);
        var logits = _model.Logits(_ops, PromptParts.LastRows(_model, _ops, _cache, x, rows, last));
        _rows = Layout.Continuing(ones, next, rows.Slots);
        _forks.Begin(rows.Slots, next);
        return logits;
    }

    /// <summary>
    /// Feeds one token to each sequence and gives the logits of what follows, [sequences, vocabulary], valid until the next call.
    /// </summary>
    /// <exception cref="ArgumentException">Not one token a sequence, or a slot of the cache is full.</exception>
    public Matrix Step(ReadOnlySpan<int> tokens)
    {
        if (tokens.Length != _rows.Sequences)
            throw new ArgumentException($"{tokens.Length} tokens for {_rows.Sequences} sequences.", nameof(tokens));
        _ops.Reset();
        var hidden = _model.Hidden(_ops, _model.Embed(_ops, tokens), _rows, _cache);
        var logits = _model.Logits(_ops, hidden);
        _rows.Advance();
        return logits;
    }

    /// <summary>Goes on with the given sequences only, numbered as in the last step, in this order.</summary>
    public void Keep(ReadOnlySpan<int> sequences)
    {
        var ones = new int[sequences.Length];
        var next = new int[sequences.Length];
        var slots = new int[sequences.Length];
        for (var i = 0; i < sequences.Length; i++)
            (ones[i], next[i], slots[i]) = (1, _rows.Positions[sequences[i]], _rows.Slots[sequences[i]]);
        _rows = Layout.Continuing(ones, next, slots);
    }

    /// <summary>
    /// Goes on with <paramref name="parents"/> (sequences, numbered as in the last step, in this order), of which some may occur more
    /// than once: these are copied to free slots of the cache, without the prompt's rows where the slot has them already.
    /// </summary>
    /// <exception cref="ArgumentException">More sequences than the cache has slots.</exception>
    public void Fork(ReadOnlySpan<int> parents)
    {
        var ones = new int[parents.Length];
        var next = new int[parents.Length];
        var slots = new int[parents.Length];
        for (var i = 0; i < parents.Length; i++) (ones[i], next[i], slots[i]) = (1, _rows.Positions[parents[i]], _rows.Slots[parents[i]]);
        _rows = Layout.Continuing(ones, next, _forks.Fork(slots, next));
    }
}
