using System.Diagnostics;

namespace Qwen2Audio.Numerics.Memory;

/// <summary>
/// A view of row-major float32 values in native memory: <see cref="Rows"/> rows of <see cref="Columns"/> values, row i starting
/// at i · <see cref="Stride"/>. It owns nothing; the <see cref="NativeArena"/> or <see cref="NativeBuffer"/> that it came from
/// must outlive it.
/// </summary>
[DebuggerDisplay("[{Rows}, {Columns}] stride {Stride}")]
public readonly unsafe struct Matrix
{
    internal readonly float* Data;

    internal Matrix(float* data, int rows, int columns, int stride)
    {
        Data = data;
        Rows = rows;
        Columns = columns;
        Stride = stride;
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Numbers per row.</summary>
    public int Columns { get; }

    /// <summary>Distance of one row's start from the next, in floats.</summary>
    public int Stride { get; }

    /// <summary>Rows · Columns.</summary>
    public long Length => (long)Rows * Columns;

    /// <summary>True for <c>default</c>, which is no matrix.</summary>
    public bool IsNull => Data == null;

    /// <summary>Address of the first number, for native libraries.</summary>
    public nint Address => (nint)Data;

    /// <summary>Whether the rows are contiguous.</summary>
    public bool IsContiguous => Stride == Columns || Rows <= 1;

    /// <summary>One row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such row.</exception>
    public Span<float> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        return new Span<float>(Data + (long)row * Stride, Columns);
    }

    /// <summary>All values as one span.</summary>
    /// <exception cref="InvalidOperationException">The rows have gaps between them, or there are more than 2³¹ values.</exception>
    public Span<float> Span => IsContiguous && Length <= int.MaxValue
        ? new Span<float>(Data, (int)Length)
        : throw new InvalidOperationException($"A matrix of {Rows} × {Columns} with stride {Stride} is not one span.");

    /// <summary>The rows [start, start + count), sharing storage.</summary>
    public Matrix RowRange(int start, int count)
    {
        CheckRange(start, count, Rows);
        return new Matrix(Data + (long)start * Stride, count, Columns, Stride);
    }

    /// <summary>The columns [start, start + count) of every row, sharing storage.</summary>
    public Matrix ColumnRange(int start, int count)
    {
        CheckRange(start, count, Columns);
        return new Matrix(Data + start, Rows, count, Stride);
    }

    /// <summary>The same values with another shape.</summary>
    public Matrix Reshape(int rows, int columns)
    {
        if (!IsContiguous || (long)rows * columns != Length)
            throw new ArgumentException($"{Rows} × {Columns} (stride {Stride}) cannot be viewed as {rows} × {columns}.");
        return new Matrix(Data, rows, columns, columns);
    }

    /// <summary>Sets every number to zero.</summary>
    public void Clear() => Fill(0f);

    /// <summary>Sets every number to <paramref name="value"/>.</summary>
    public void Fill(float value)
    {
        for (var i = 0; i < Rows; i++) Row(i).Fill(value);
    }

    /// <summary>Copies the values of a matrix of the same shape into this one.</summary>
    public void CopyFrom(Matrix source)
    {
        if (source.Rows != Rows || source.Columns != Columns)
            throw new ArgumentException($"{source.Rows} × {source.Columns} cannot be copied into {Rows} × {Columns}.");
        for (var i = 0; i < Rows; i++) source.Row(i).CopyTo(Row(i));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CheckRange(int start, int count, int limit)
    {
        if (start < 0 || count < 0 || start > limit - count)
            throw new ArgumentOutOfRangeException(nameof(start), $"[{start}, {start} + {count}) is outside 0…{limit}.");
    }
}
