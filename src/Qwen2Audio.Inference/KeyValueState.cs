using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference;

/// <summary>
/// Keys and values of one attention layer. With a window, a slot holds window + max(window, piece) rows, always contiguous, so that rows
/// are rarely moved to its start. The rows before the last piece are kept, so that another piece can replace it.
/// </summary>
internal sealed class KeyValueState(int slots, int capacity, int width, int window) : OperatorState(slots)
{
    private readonly int[] _first = new int[slots]; // position of the first row in each slot
    private readonly int[] _end = new int[slots];
    private NativeBuffer? _keys;
    private NativeBuffer? _values;
    private int _rows; // per slot

    public int Width => width;

    public int Window => window;

    public override long Bytes => ((_keys?.Length ?? 0) + (_values?.Length ?? 0)) * sizeof(float);

    private bool IsWindowed => window > 0;

    /// <summary>Makes room for pieces of this many rows. Invalidates matrices returned earlier.</summary>
    /// <exception cref="ArgumentException">There is neither a window nor a capacity.</exception>
    public void Reserve(int piece)
    {
        if (!IsWindowed && capacity == SequenceState.Endless)
            throw new ArgumentException("Attention without a window needs a state with a capacity.");
        var needed = IsWindowed ? (int)Math.Min(capacity, (long)window + Math.Max(window, piece)) : capacity;
        if (needed <= _rows) return;
        var (keys, values) = (new NativeBuffer(checked((long)Slots * needed * width)), new NativeBuffer(checked((long)Slots * needed * width)));
        for (var slot = 0; slot < Slots && _keys is not null; slot++)
        {
            var held = _end[slot] - _first[slot];
            keys.Matrix(held, width, (long)slot * needed * width).CopyFrom(Rows(_keys, slot, 0, held));
            values.Matrix(held, width, (long)slot * needed * width).CopyFrom(Rows(_values!, slot, 0, held));
        }

        Dispose();
        (_keys, _values, _rows) = (keys, values, needed);
    }

    /// <summary>
    /// Stores keys and values of rows from <paramref name="position"/> on. Returns all keys and values that these rows attend to, beginning
    /// with row <c>First</c>: every row so far or, with a window, those within the window of the first new row.
    /// </summary>
    /// <exception cref="ArgumentException">The slot does not exist, has no room for the rows, or no longer holds rows that they attend to.</exception>
    public (Matrix Keys, Matrix Values, int First) Append(int slot, int position, Matrix keys, Matrix values)
    {
        Check(slot);
        if (position < 0 || position > capacity - keys.Rows)
            throw new ArgumentException($"Rows {position}…{(long)position + keys.Rows - 1} do not fit into slot {slot}, which holds {capacity} rows.");
        var first = IsWindowed ? Math.Max(0, position - window + 1) : 0;
        if (IsWindowed) MakeRoom(slot, first, position, keys.Rows);
        var (at, seen) = (position - _first[slot], position - first);
        Rows(_keys!, slot, at, keys.Rows).CopyFrom(keys);
        Rows(_values!, slot, at, values.Rows).CopyFrom(values);
        return (Rows(_keys!, slot, at - seen, seen + keys.Rows), Rows(_values!, slot, at - seen, seen + keys.Rows), first);
    }

    public override void Copy(int from, int to, int start, int rows)
    {
        Check(from);
        Check(to);
        if (_keys is null) return;
        var count = rows;
        if (IsWindowed)
        {
            (_first[to], _end[to]) = (_first[from], _end[from]);
            (start, count) = (0, _end[from] - _first[from]); // the source slot may have dropped earlier rows
        }

        Rows(_keys, to, start, count).CopyFrom(Rows(_keys, from, start, count));
        Rows(_values!, to, start, count).CopyFrom(Rows(_values!, from, start, count));
    }

    public override void Dispose()
    {
        _keys?.Dispose();
        _values?.Dispose();
    }

    private void MakeRoom(int slot, int first, int position, int rows)
    {
        if (position == 0) _first[slot] = _end[slot] = 0;
        if (position > _end[slot] || first < _first[slot])
        {
            throw new ArgumentException(
                $"Rows from {position} on attend to rows {first}…{position - 1}; slot {slot} holds rows {_first[slot]}…{_end[slot] - 1}.");
        }

        if (position - _first[slot] + rows > _rows)
        {
            var (from, count) = (first - _first[slot], position - first);
            Rows(_keys!, slot, 0, count).CopyFrom(Rows(_keys!, slot, from, count)); // in ascending order, since the ranges may overlap
            Rows(_values!, slot, 0, count).CopyFrom(Rows(_values!, slot, from, count));
            _first[slot] = first;
        }

        _end[slot] = position + rows;
    }

    private Matrix Rows(NativeBuffer buffer, int slot, int start, int count) => buffer.Matrix(count, width, ((long)slot * _rows + start) * width);
}
