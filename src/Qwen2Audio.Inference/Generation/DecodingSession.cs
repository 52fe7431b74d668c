using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Generation;

/// <summary>
/// Sequences that are decoded together in slots of one state. Prompts may be admitted, sequences forked and released between any two
/// passes; each sequence has the values that it has alone. It knows rows and logits only; which tokens are fed is the caller's choice, so
/// greedy decoding, sampling and beams share it. A step of one token a sequence allocates nothing.
/// </summary>
public sealed class DecodingSession
{
    private readonly IDecoder _decoder;
    private readonly InferenceOps _ops;
    private readonly SequenceState _state;
    private readonly SlotForks _forks;
    private Layout _rows = Layout.Of(); // the next row of each sequence

    /// <summary>Decodes with <paramref name="decoder"/>; operators and state stay the caller's.</summary>
    public DecodingSession(IDecoder decoder, InferenceOps ops, SequenceState state)
    {
        (_decoder, _ops, _state) = (decoder, ops, state);
        _forks = new SlotForks(state);
    }

    /// <summary>Sequences that the next step continues.</summary>
    public int Sequences => _rows.Sequences;

    /// <summary>Slots that no sequence has.</summary>
    public int FreeSlots => _state.Slots - _rows.Sequences;

    /// <summary>Rows that a slot can hold.</summary>
    public int Capacity => _state.Capacity;

    /// <summary>Rows that a sequence has so far.</summary>
    public int Position(int sequence) => _rows.Positions[sequence];

    /// <summary>
    /// Admits prompts to free slots and runs them, long ones in parts, so that intermediate results do not grow with them:
    /// <paramref name="x"/> are their embedded rows, which are lost, and <paramref name="prompts"/> has their lengths. Gives the logits of each
    /// one's last row, [prompts, vocabulary], valid until the next call. They are the last sequences from now on.
    /// </summary>
    /// <exception cref="ArgumentException">A prompt is empty or does not fit into a slot, or there are not enough free slots.</exception>
    public Matrix Admit(Matrix x, Layout prompts)
    {
        var next = Continued(_rows, each: 0, prompts, Admitted(prompts));
        return Run(x, Tail(next, prompts.Sequences), next);
    }

    /// <summary>The same for prompts of token ids.</summary>
    public Matrix Admit(ReadOnlySpan<int> tokens, Layout prompts)
    {
        _ops.Reset();
        return Admit(_decoder.Embed(_ops, tokens, prompts), prompts);
    }

    /// <summary>
    /// Feeds the same number of tokens to every sequence, one sequence behind the other, and gives the logits of each one's last row,
    /// [sequences, vocabulary], valid until the next call.
    /// </summary>
    /// <exception cref="ArgumentException">The sequences have different numbers of tokens, or a slot is full.</exception>
    public Matrix Step(ReadOnlySpan<int> tokens)
    {
        var each = Each(tokens);
        _ops.Reset();
        if (each == 1)
        {
            var hidden = _decoder.Hidden(_ops, _decoder.Embed(_ops, tokens, _rows), _rows, _state);
            _rows.Advance();
            return _decoder.Logits(_ops, hidden);
        }

        var rows = Continued(_rows, each, Layout.Of(), []);
        return Run(_decoder.Embed(_ops, tokens, rows), rows, rows);
    }

    /// <summary>
    /// One pass in which every sequence goes on by one token and prompts are admitted, whose rows <paramref name="embed"/> makes: the logits of
    /// the sequences, then those of the prompts, [all, vocabulary], valid until the next call.
    /// </summary>
    /// <exception cref="ArgumentException">As for <see cref="Step(ReadOnlySpan{int})"/> and <see cref="Admit(Matrix, Layout)"/>.</exception>
    public Matrix Step(ReadOnlySpan<int> tokens, Func<Matrix> embed, Layout prompts)
    {
        if (tokens.IsEmpty && _rows.Sequences == 0) return Admit(embed(), prompts);
        if (Each(tokens) != 1) throw new ArgumentException($"{tokens.Length} tokens for {_rows.Sequences} sequences.", nameof(tokens));
        var slots = Admitted(prompts);
        var rows = Continued(_rows, each: 1, prompts, slots);
        var admitted = embed(); // forgets earlier results
        var width = admitted.Columns;
        var x = _ops.Input(new float[(long)rows.Rows * width], rows.Rows, width);
        x.RowRange(0, tokens.Length / _decoder.Shape.TokensPerRow).CopyFrom(_decoder.Embed(_ops, tokens, _rows));
        x.RowRange(rows.Starts[_rows.Sequences], prompts.Rows).CopyFrom(admitted);
        return Run(x, rows, rows);
    }

    /// <summary>
    /// Runs texts that each go on from what <paramref name="sequence"/> has, which stays as it is: the logits of all their rows, one text
    /// behind the other, [rows, vocabulary], valid until the next call.
    /// </summary>
    /// <exception cref="ArgumentException">A text does not fit into the slot.</exception>
    public Matrix Branch(int sequence, ReadOnlySpan<int> tokens, ReadOnlySpan<int> lengths)
    {
        var positions = new int[lengths.Length];
        var slots = new int[lengths.Length];
        Array.Fill(positions, _rows.Positions[sequence]);
        Array.Fill(slots, _rows.Slots[sequence]);
        var rows = Layout.Continuing(lengths, positions, slots);
        _ops.Reset();
        return _decoder.Logits(_ops, _decoder.Hidden(_ops, _decoder.Embed(_ops, tokens, rows), rows, _state));
    }

    /// <summary>
    /// Goes on with <paramref name="parents"/> (sequences, numbered as in the last pass, in this order), of which some may occur more
    /// than once: these are copied to free slots, without the prompt's rows where the slot has them already. Others are released.
    /// </summary>
    /// <exception cref="ArgumentException">More sequences than the state has slots.</exception>
    public void Fork(ReadOnlySpan<int> parents)
    {
        var (next, slots) = (new int[parents.Length], new int[parents.Length]);
        for (var i = 0; i < parents.Length; i++) (next[i], slots[i]) = (_rows.Positions[parents[i]], _rows.Slots[parents[i]]);
        _rows = Ones(next, _forks.Fork(slots, next));
    }

    /// <summary>Gives back the slots of sequences, numbered as in the last pass; the others move up.</summary>
    public void Release(ReadOnlySpan<int> sequences)
    {
        List<int> next = [], slots = [];
        for (var s = 0; s < _rows.Sequences; s++)
        {
            if (sequences.Contains(s)) continue;
            next.Add(_rows.Positions[s]);
            slots.Add(_rows.Slots[s]);
        }

        _rows = Ones([.. next], [.. slots]);
    }

    /// <summary>Gives back all slots.</summary>
    public void ReleaseAll() => _rows = Layout.Of();

    private static Layout Ones(int[] positions, int[] slots)
    {
        var ones = new int[positions.Length];
        Array.Fill(ones, 1);
        return Layout.Continuing(ones, positions, slots);
    }

    /// <summary>The last rows of the sequences of a pass become logits, and <paramref name="then"/> says where all sequences stand after it.</summary>
    private Matrix Run(Matrix x, Layout rows, Layout then)
    {
        if (_state.Capacity < SequenceState.Endless) _ops.ReservePositions(_state.Capacity);
        var logits = _decoder.Logits(_ops, PromptParts.LastRows(_decoder, _ops, _state, x, rows));
        var next = new int[then.Sequences];
        for (var s = 0; s < next.Length; s++) next[s] = then.Length(s) == 0 ? _rows.Positions[s] : then.Positions[then.Starts[s + 1] - 1] + 1;
        _rows = Ones(next, then.Slots.ToArray());
        return logits;
    }

    /// <summary>The sequences with <paramref name="each"/> more rows, and prompts behind them.</summary>
    private static Layout Continued(Layout sequences, int each, Layout prompts, int[] slots)
    {
        var count = sequences.Sequences;
        var (lengths, positions) = (new int[count + slots.Length], new int[count + slots.Length]);
        for (var s = 0; s < count; s++) (lengths[s], positions[s]) = (each, sequences.Positions[s]);
        for (var s = 0; s < slots.Length; s++) lengths[count + s] = prompts.Length(s);
        return Layout.Continuing(lengths, positions, [.. sequences.Slots, .. slots]);
    }

    /// <summary>The last sequences of a layout, which have all of its rows.</summary>
    private static Layout Tail(Layout rows, int count)
    {
        if (count == rows.Sequences) return rows;
        var lengths = new int[count];
        for (var s = 0; s < count; s++) lengths[s] = rows.Length(rows.Sequences - count + s);
        return Layout.Continuing(lengths, new int[count], rows.Slots[^count..]);
    }

    /// <summary>Free slots for prompts, the lowest first.</summary>
    private int[] Admitted(Layout prompts)
    {
        if (prompts.Sequences > FreeSlots)
            throw new ArgumentException($"{prompts.Sequences} prompts; {FreeSlots} of {_state.Slots} slots are free.", nameof(prompts));
        var slots = new int[prompts.Sequences];
        for (int s = 0, slot = 0; s < slots.Length; slot++)
        {
            if (_rows.Slots.Contains(slot)) continue;
            if (prompts.Length(s) == 0) throw new ArgumentException($"Prompt {s} is empty.", nameof(prompts));
            if (prompts.Length(s) > _state.Capacity)
                throw new ArgumentException($"Prompt {s} has {prompts.Length(s)} rows; a slot holds {_state.Capacity} rows.", nameof(prompts));
            _forks.Begin(slot, prompts.Length(s));
            slots[s++] = slot;
        }

        return slots;
    }

    private int Each(ReadOnlySpan<int> tokens)
    {
        var rows = tokens.Length / _decoder.Shape.TokensPerRow;
        var each = _rows.Sequences == 0 ? 0 : rows / _rows.Sequences;
        if (each == 0 || tokens.Length != (long)each * _rows.Sequences * _decoder.Shape.TokensPerRow)
            throw new ArgumentException($"{tokens.Length} tokens for {_rows.Sequences} sequences; each gets the same number, one at least.", nameof(tokens));
        for (var s = 0; s < _rows.Sequences; s++)
            if (_rows.Positions[s] > _state.Capacity - each)
                throw new ArgumentException($"{each} tokens after {_rows.Positions[s]}; a slot holds {_state.Capacity} rows.", nameof(tokens));
        return each;
    }
}
