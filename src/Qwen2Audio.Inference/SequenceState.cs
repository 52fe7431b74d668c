using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Inference;

/// <summary>
/// State of sequences, in float32. Each state allocates memory on first use and keeps it: keys and values for as many rows as a slot can
/// hold or, with an attention window, for the rows that later rows attend to. The memory of an endless stream is therefore bounded.
/// A row is stored by its position in its sequence; a new sequence in a slot overwrites the old one.
/// </summary>
/// <param name="slots">Sequences held at the same time.</param>
/// <param name="capacity">Maximum rows of a sequence; <see cref="Endless"/> when every attention has a window.</param>
public sealed class SequenceState(int slots, int capacity = SequenceState.Endless) : IState, IDisposable
{
    /// <summary>A capacity without a practical limit.</summary>
    public const int Endless = int.MaxValue;

    private readonly List<OperatorState?> _operators = [];
    private bool _disposed;

    public int Slots { get; } = slots > 0 ? slots : throw new ArgumentOutOfRangeException(nameof(slots), slots, "At least one slot is needed.");

    /// <summary>Maximum rows of a sequence.</summary>
    public int Capacity { get; } = capacity > 0 ? capacity : throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "At least one row is needed.");

    /// <summary>Memory held, in bytes.</summary>
    public long Bytes => _operators.Sum(state => state?.Bytes ?? 0);

    /// <summary>
    /// Copies a sequence from slot <paramref name="from"/> to slot <paramref name="to"/>, which already has its keys and values before row
    /// <paramref name="start"/>.
    /// </summary>
    /// <exception cref="ArgumentException">A slot does not exist or does not hold the rows.</exception>
    public void CopyRows(int from, int to, int start, int rows)
    {
        if ((uint)from >= (uint)Slots || (uint)to >= (uint)Slots) throw new ArgumentException($"Slots {from} and {to}; the state has slots 0…{Slots - 1}.");
        if (start < 0 || rows < 0 || start > Capacity - rows)
            throw new ArgumentException($"Rows {start}…{start + rows - 1} do not fit; a slot holds {Capacity} rows.");
        foreach (var state in _operators) state?.Copy(from, to, start, rows);
    }

    public void Dispose()
    {
        _disposed = true;
        foreach (var state in _operators) state?.Dispose();
        _operators.Clear();
    }

    /// <summary>Keys and values of an attention.</summary>
    /// <exception cref="ArgumentException">The index belongs to another operator.</exception>
    internal KeyValueState Keys(int index, int width, int window)
    {
        if (At(index) is null) _operators[index] = new KeyValueState(Slots, Capacity, width, window);
        return _operators[index] is KeyValueState keys && keys.Width == width && keys.Window == window ? keys : throw Other(index);
    }

    /// <summary>The fixed number of rows that an operator keeps for each slot.</summary>
    /// <exception cref="ArgumentException">The index belongs to another operator.</exception>
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

    private static ArgumentException Other(int index) => new($"Index {index} of the state belongs to another operator.");
}
