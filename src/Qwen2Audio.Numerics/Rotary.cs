namespace Qwen2Audio.Numerics;

/// <summary>Rotary positions (Su et al. 2021) with the pairs of Qwen2: number j of a head turns with number j + dim/2.</summary>
public static class Rotary
{
    /// <summary>
    /// Turns every head of row r by the angles of positions[r]: y_j = x_j cos − x_{j+dim/2} sin, y_{j+dim/2} = x_{j+dim/2} cos + x_j sin.
    /// </summary>
    /// <param name="pool">The workers.</param>
    /// <param name="table">Angles; grows when a position is new.</param>
    /// <param name="x">[rows, heads · dim], changed in place.</param>
    /// <param name="positions">One for each row, 0 or more.</param>
    /// <param name="inverse">Turns back: the gradient of the forward rotation.</param>
    /// <exception cref="ArgumentException">The width is not a multiple of the head width, or the positions do not fit the rows.</exception>
    public static void Apply(WorkerPool pool, RotaryTable table, Matrix x, ReadOnlySpan<int> positions, bool inverse)
    {
        Shapes.Length(positions.Length, x.Rows, nameof(positions));
        if (x.Columns % table.HeadDim != 0)
            throw new ArgumentException($"Rows of {x.Columns} numbers are not whole heads of {table.HeadDim}.");
        var half = table.HeadDim / 2;
        foreach (var position in positions) table.Reserve(position);
        for (var r = 0; r < x.Rows; r++)
        {
            var angles = table.Values.Slice(positions[r] * table.HeadDim, table.HeadDim);
            for (var head = 0; head < x.Columns; head += table.HeadDim)
            {
                var row = x.Row(r).Slice(head, table.HeadDim);
                for (var j = 0; j < half; j++)
                {
                    var (cos, sin) = (angles[j], inverse ? -angles[half + j] : angles[half + j]);
                    (row[j], row[j + half]) = (row[j] * cos - row[j + half] * sin, row[j + half] * cos + row[j] * sin);
                }
            }
        }
    }
}
