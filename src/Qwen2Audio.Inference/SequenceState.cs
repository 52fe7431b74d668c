using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Inference;

/// <summary>
/// State of sequences in float32. An operator's state takes its memory when it is first used, and keeps it: keys and values of as many rows as a
/// slot can hold or, under an attention window, of those that later rows can see; so an endless stream costs no more than its beginning.
/// A row's place is its position in its sequence; a new sequence in a slot writes over the old one.
/// </summary>
/// <param name="slots">Sequences that can be computed at the same time.</param>
/// <param name="capacity">Rows that a sequence can have; <see cref="Endless"/> where every attention has a window.</param>
public sealed class SequenceState(int slots, int capacity = SequenceState.Endless) : IState, IDisposable
{
    /// <summary>A capacity that only the number of a position bounds.</summary>
    public const int Endless = int.MaxValue;

    private readonly List<OperatorState?> _operators = [];
    private bool _disposed;

    /// <inheritdoc/>
    public int Slots { get; } = slots > 0 ? slots : throw new ArgumentOutOfRangeException(nameof(slots), slots, "One slot at least.");

    /// <summary>Rows that a sequence can have.</summary>
    public int Capacity { get; } = capacity > 0 ? capacity : throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "One row at least.");

    /// <summary>Memory held, in bytes.</summary>
    public long Bytes => _operators.Sum(state => state?.Bytes ?? 0);

    /// <summary>
    /// Lets a sequence in slot <paramref name="to"/> go on as the one in slot <paramref name="from"/>, of whose keys and values it has those before
    /// row <paramref name="start"/> already.
    /// </summary>
    /// <exception cref="ArgumentException">No such slots, or rows that a slot does not have.</exception>
    public void CopyRows(int from, int to, int start, int rows)
    {
        if ((uint)from >= (uint)Slots || (uint)to >= (uint)Slots) throw new ArgumentException($"Slots {from} and {to}; the state has {Slots}.");
        if (start < 0 || rows < 0 || start > Capacity - rows)
            throw new ArgumentException($"Rows {start}…{start + rows - 1} of a slot, which holds {Capacity} rows.");
        foreach (var state in _operators) state?.Copy(from, to, start, rows);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        foreach (var state in _operators) state?.Dispose();
        _operators.Clear();
    }

    /// <summary>Keys and values of an attention.</summary>
    /// <exception cref="ArgumentException">The index is another operator's.</exception>
    internal KeyValueState Keys(int index, int width, int window)
    {
        if (At(index) is null) _operators[index] = new KeyValueState(Slots, Capacity, width, window);
        return _operators[index] is KeyValueState keys && keys.Width == width && keys.Window == window ? keys : throw Other(index);
    }

    /// <summary>Rows of a fixed number that an operator keeps in each slot.</summary>
    /// <exception cref="ArgumentException">The index is another operator's.</exception>
    internal RowState Rows(int index, int rows, int columns)
    {
        if (At(index) is null) _operators[index] = new RowState(Slots, rows, columns);
        return _operators[index] is RowState held && held.Rows == rows && held.Columns == columns ? held : throw Other(index);
    }

    private OperatorState? At(int index)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        while (_operators.Count <= index) _operators.Add(null);
        return _operators[index];
    }

    private static ArgumentException Other(int index) => new($"Index {index} of the state holds what another operator left behind.");
}
