using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference;

/// <summary>
/// Keys and values of one attention. Under a window a slot holds the rows that the next row sees and those of one piece, and as many again, so
/// that rows move to its beginning seldom; they always lie one after another. The rows before the last piece stay, so that a piece can
/// be taken back by another at its place.
/// </summary>
internal sealed class KeyValueState(int slots, int capacity, int width, int window) : OperatorState(slots)
{
    private readonly int[] _first = new int[slots]; // position of the first row that a slot holds
    private readonly int[] _end = new int[slots];
    private NativeBuffer? _keys;
    private NativeBuffer? _values;
    private int _rows; // of a slot

    public int Width => width;

    public int Window => window;

    public override long Bytes => ((_keys?.Length ?? 0) + (_values?.Length ?? 0)) * sizeof(float);

    private bool IsWindowed => window > 0;

    /// <summary>Makes room for pieces of this many rows. Matrices that were handed out are invalid afterwards.</summary>
    /// <exception cref="ArgumentException">All rows are seen, and nothing bounds them.</exception>
    public void Reserve(int piece)
    {
        if (!IsWindowed && capacity == SequenceState.Endless)
            throw new ArgumentException("Attention without a window sees all rows: it needs a state with a capacity.");
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
    /// Stores keys and values of the rows from <paramref name="position"/> on and returns all that they see, the first of which is row
    /// <c>First</c>: every row so far, or those within the window of the first of these rows.
    /// </summary>
    /// <exception cref="ArgumentException">No such slot, more rows than it can hold, or rows that it does not hold any more.</exception>
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
            (start, count) = (0, _end[from] - _first[from]); // the rows before may have moved on
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
                $"Rows from {position} on see rows {first}…{position - 1}; slot {slot} holds rows {_first[slot]}…{_end[slot] - 1}.");
        }

        if (position - _first[slot] + rows > _rows)
        {
            var (from, count) = (first - _first[slot], position - first);
            Rows(_keys!, slot, 0, count).CopyFrom(Rows(_keys!, slot, from, count)); // rising row order: they may overlap
            Rows(_values!, slot, 0, count).CopyFrom(Rows(_values!, slot, from, count));
            _first[slot] = first;
        }

        _end[slot] = position + rows;
    }

    private Matrix Rows(NativeBuffer buffer, int slot, int start, int count) => buffer.Matrix(count, width, ((long)slot * _rows + start) * width);
}
