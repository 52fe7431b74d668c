using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Generation;

/// <summary>
/// Sequences decoded together in slots of one state. Prompts can be admitted, and sequences forked or released, between any two
/// passes; each sequence gets the values that it would get alone. It handles rows and logits only: the caller chooses the tokens, so
/// greedy decoding, sampling and beam search share it. A step of one token per sequence allocates nothing.
/// </summary>
public sealed class DecodingSession
{
    private readonly IDecoder _decoder;
    private readonly InferenceOps _ops;
    private readonly SequenceState _state;
    private readonly SlotForks _forks;
    private Layout _rows = Layout.Of(); // the next row of each sequence

    /// <summary>Decodes with <paramref name="decoder"/>. The caller keeps the operators and the state.</summary>
    public DecodingSession(IDecoder decoder, InferenceOps ops, SequenceState state)
    {
        (_decoder, _ops, _state) = (decoder, ops, state);
        _forks = new SlotForks(state);
    }

    /// <summary>Number of sequences that the next step continues.</summary>
    public int Sequences => _rows.Sequences;

    /// <summary>Number of free slots.</summary>
    public int FreeSlots => _state.Slots - _rows.Sequences;

    /// <summary>Rows that a slot can hold.</summary>
    public int Capacity => _state.Capacity;

    /// <summary>Number of rows that a sequence has so far.</summary>
    public int Position(int sequence) => _rows.Positions[sequence];

    /// <summary>
    /// Admits prompts to free slots and runs them, long ones in parts to limit memory. <paramref name="x"/>
    /// holds their embedded rows and is overwritten; <paramref name="prompts"/> holds their lengths. Returns the logits of each
    /// prompt's last row, [prompts, vocabulary], valid until the next call. The prompts become the last sequences of the session.
    /// </summary>
    /// <exception cref="ArgumentException">A prompt is empty or does not fit into a slot, or there are too few free slots.</exception>
    public Matrix Admit(Matrix x, Layout prompts)
    {
        var next = Continued(_rows, each: 0, prompts, Admitted(prompts));
        return Run(x, Tail(next, prompts.Sequences), next);
    }

    /// <summary>Admits prompts given as token ids.</summary>
    public Matrix Admit(ReadOnlySpan<int> tokens, Layout prompts)
    {
        _ops.Reset();
        return Admit(_decoder.Embed(_ops, tokens, prompts), prompts);
    }

    /// <summary>
    /// Feeds the same number of tokens to every sequence, concatenated by sequence. Returns the logits of each sequence's last row,
    /// [sequences, vocabulary], valid until the next call.
    /// </summary>
    /// <exception cref="ArgumentException">The tokens cannot be divided equally, or a slot is full.</exception>
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
    /// One pass that continues every sequence by one token and admits prompts, whose rows <paramref name="embed"/> creates. Returns the logits
    /// of the sequences followed by those of the prompts, [all, vocabulary], valid until the next call.
    /// </summary>
    /// <exception cref="ArgumentException">As for <see cref="Step(ReadOnlySpan{int})"/> and <see cref="Admit(Matrix, Layout)"/>.</exception>
    public Matrix Step(ReadOnlySpan<int> tokens, Func<Matrix> embed, Layout prompts)
    {
        if (tokens.IsEmpty && _rows.Sequences == 0) return Admit(embed(), prompts);
        if (Each(tokens) != 1) throw new ArgumentException($"{tokens.Length} tokens for {_rows.Sequences} sequences.", nameof(tokens));
        var slots = Admitted(prompts);
        var rows = Continued(_rows, each: 1, prompts, slots);
        var admitted = embed(); // invalidates earlier results
        var width = admitted.Columns;
        var x = _ops.Input(new float[(long)rows.Rows * width], rows.Rows, width);
        x.RowRange(0, tokens.Length / _decoder.Shape.TokensPerRow).CopyFrom(_decoder.Embed(_ops, tokens, _rows));
        x.RowRange(rows.Starts[_rows.Sequences], prompts.Rows).CopyFrom(admitted);
        return Run(x, rows, rows);
    }

    /// <summary>
    /// Runs several texts that each continue <paramref name="sequence"/>, which is left unchanged. Returns the logits of all their rows,
    /// concatenated by text, [rows, vocabulary], valid until the next call.
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
    /// Continues with <paramref name="parents"/>: sequence numbers of the last pass, in this order. A number may occur more than once: the
    /// sequence is then copied to free slots, except prompt rows that the slot already has. All other sequences are released.
    /// </summary>
    /// <exception cref="ArgumentException">More sequences than slots.</exception>
    public void Fork(ReadOnlySpan<int> parents)
    {
        var (next, slots) = (new int[parents.Length], new int[parents.Length]);
        for (var i = 0; i < parents.Length; i++) (next[i], slots[i]) = (_rows.Positions[parents[i]], _rows.Slots[parents[i]]);
        _rows = Ones(next, _forks.Fork(slots, next));
    }

    /// <summary>Releases the slots of sequences (numbers of the last pass); the remaining sequences are renumbered in order.</summary>
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

    /// <summary>Releases all slots.</summary>
    public void ReleaseAll() => _rows = Layout.Of();

    private static Layout Ones(int[] positions, int[] slots)
    {
        var ones = new int[positions.Length];
        Array.Fill(ones, 1);
        return Layout.Continuing(ones, positions, slots);
    }

    /// <summary>Runs a pass and returns the logits of each sequence's last row; <paramref name="then"/> is the layout after the pass.</summary>
    private Matrix Run(Matrix x, Layout rows, Layout then)
    {
        if (_state.Capacity < SequenceState.Endless) _ops.ReservePositions(_state.Capacity);
        var logits = _decoder.Logits(_ops, PrefillChunks.LastRows(_decoder, _ops, _state, x, rows));
        var next = new int[then.Sequences];
        for (var s = 0; s < next.Length; s++) next[s] = then.Length(s) == 0 ? _rows.Positions[s] : then.Positions[then.Starts[s + 1] - 1] + 1;
        _rows = Ones(next, then.Slots.ToArray());
        return logits;
    }

    /// <summary>A layout of the sequences with <paramref name="each"/> more rows, followed by the prompts.</summary>
    private static Layout Continued(Layout sequences, int each, Layout prompts, int[] slots)
    {
        var count = sequences.Sequences;
        var (lengths, positions) = (new int[count + slots.Length], new int[count + slots.Length]);
        for (var s = 0; s < count; s++) (lengths[s], positions[s]) = (each, sequences.Positions[s]);
        for (var s = 0; s < slots.Length; s++) lengths[count + s] = prompts.Length(s);
        return Layout.Continuing(lengths, positions, [.. sequences.Slots, .. slots]);
    }

    /// <summary>The last <paramref name="count"/> sequences of a layout, which hold all its rows.</summary>
    private static Layout Tail(Layout rows, int count)
    {
        if (count == rows.Sequences) return rows;
        var lengths = new int[count];
        for (var s = 0; s < count; s++) lengths[s] = rows.Length(rows.Sequences - count + s);
        return Layout.Continuing(lengths, new int[count], rows.Slots[^count..]);
    }

    /// <summary>Free slots for the prompts, lowest first.</summary>
    private int[] Admitted(Layout prompts)
    {
        if (prompts.Sequences > FreeSlots)
            throw new ArgumentException($"{prompts.Sequences} prompts, but {FreeSlots} of {_state.Slots} slots are free.", nameof(prompts));
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
            throw new ArgumentException($"{tokens.Length} tokens for {_rows.Sequences} sequences; allowed: the same number for each, at least one.", nameof(tokens));
        for (var s = 0; s < _rows.Sequences; s++)
            if (_rows.Positions[s] > _state.Capacity - each)
                throw new ArgumentException($"{each} tokens after row {_rows.Positions[s]}; a slot holds {_state.Capacity} rows.", nameof(tokens));
        return each;
    }
}
