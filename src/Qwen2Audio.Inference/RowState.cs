using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference;

/// <summary>Rows of a fixed number in each slot, which belong to the rows of a sequence that were computed last.</summary>
internal sealed class RowState(int slots, int rows, int columns) : OperatorState(slots)
{
    private readonly NativeBuffer _buffer = new(checked((long)slots * rows * columns));
    private readonly int[] _next = new int[slots];

    public int Rows => rows;

    public int Columns => columns;

    public override long Bytes => _buffer.Length * sizeof(float);

    /// <summary>The rows of a slot, for a piece at <paramref name="position"/>; at 0 they hold nothing.</summary>
    /// <exception cref="ArgumentException">No such slot, or its sequence does not go on there.</exception>
    public Matrix Of(int slot, int position)
    {
        Check(slot);
        if (position != 0 && position != _next[slot])
            throw new ArgumentException($"A piece from row {position} on; the sequence in slot {slot} goes on at row {_next[slot]}.");
        return _buffer.Matrix(rows, columns, (long)slot * rows * columns);
    }

    /// <summary>Notes where the sequence of a slot goes on.</summary>
    public void GoesOn(int slot, int position) => _next[slot] = position;

    public override void Copy(int from, int to, int start, int rows)
    {
        _next[to] = _next[from];
        Of(to, 0).CopyFrom(Of(from, 0));
    }

    public override void Dispose() => _buffer.Dispose();
}
