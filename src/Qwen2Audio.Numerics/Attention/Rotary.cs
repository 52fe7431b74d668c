using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Attention;

/// <summary>Rotary position embedding (Su et al. 2021), paired as in Qwen2: element j of a head is rotated with element j + dim/2.</summary>
public static unsafe class Rotary
{
    /// <summary>
    /// Rotates every head of row r by the angles of positions[r]: y_j = x_j cos − x_{j+dim/2} sin, y_{j+dim/2} = x_{j+dim/2} cos + x_j sin.
    /// </summary>
    /// <param name="table">Angles; the table grows as needed.</param>
    /// <param name="x">[rows, heads · dim], changed in place.</param>
    /// <param name="positions">One for each row, 0 or more.</param>
    /// <param name="inverse">Rotate backwards, which is the gradient of the forward rotation.</param>
    /// <exception cref="ArgumentException">The width is not a multiple of the head width, or the number of positions differs from the number of rows.</exception>
    public static void Apply(WorkerPool pool, RotaryTable table, Matrix x, ReadOnlySpan<int> positions, bool inverse)
    {
        Shapes.Length(positions.Length, x.Rows, nameof(positions));
        if (x.Columns % table.HeadDim != 0)
            throw new ArgumentException($"Rows of {x.Columns} values are not whole heads of {table.HeadDim}.");
        var last = -1;
        foreach (var position in positions)
        {
            if (position < 0) throw new ArgumentException($"Position {position} is negative.");
            last = Math.Max(last, position);
        }

        table.Reserve(last);
        fixed (int* pointer = positions)
        fixed (float* angles = table.Values)
        fixed (float* frequencies = table.Frequencies)
        {
            var kernel = new RotaryKernel(x, pointer, table.HeadDim, angles, table.Positions, frequencies, table.Amplitude, inverse);
            RowSweep<RotaryKernel>.Run(pool, kernel, x.Rows, x.Columns);
        }
    }
}
