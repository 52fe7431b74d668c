using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference;

/// <summary>A fixed number of rows for each slot: the state that an operator keeps of a sequence's latest rows.</summary>
internal sealed class RowState(int slots, int rows, int columns) : OperatorState(slots)
{
    private readonly NativeBuffer _buffer = new(checked((long)slots * rows * columns));
    private readonly int[] _next = new int[slots];

    public int Rows => rows;

    public int Columns => columns;

    public override long Bytes => _buffer.Length * sizeof(float);

    /// <summary>The rows of a slot, for a piece at <paramref name="position"/>; at position 0 their content is undefined.</summary>
    /// <exception cref="ArgumentException">The slot does not exist, or its sequence does not continue at this position.</exception>
    public Matrix Of(int slot, int position)
    {
        Check(slot);
        if (position != 0 && position != _next[slot])
            throw new ArgumentException($"A piece begins at row {position}; the sequence in slot {slot} continues at row {_next[slot]}.");
        return _buffer.Matrix(rows, columns, (long)slot * rows * columns);
    }

    /// <summary>Records the position at which the sequence of a slot continues.</summary>
    public void ContinuesAt(int slot, int position) => _next[slot] = position;

    public override void Copy(int from, int to, int start, int rows)
    {
        _next[to] = _next[from];
        Of(to, 0).CopyFrom(Of(from, 0));
    }

    public override void Dispose() => _buffer.Dispose();
}
