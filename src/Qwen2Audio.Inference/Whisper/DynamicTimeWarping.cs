namespace Qwen2Audio.Inference.Whisper;

/// <summary>Dynamic time warping and median filter, as the reference uses them to align tokens with audio (openai/whisper <c>timing.py</c>).</summary>
internal static class DynamicTimeWarping
{
    /// <summary>
    /// Finds the path of least cost through <paramref name="cost"/> [rows, columns] from the first to the last cell, with steps to the next row,
    /// the next column or both. Returns the first column of each row.
    /// </summary>
    public static int[] FirstColumns(ReadOnlySpan<double> cost, int rows, int columns)
    {
        if (rows < 1 || columns < 1 || cost.Length != (long)rows * columns)
            throw new ArgumentException($"{cost.Length} costs do not make {rows} rows of {columns}; allowed: at least one row and one column.", nameof(cost));
        var steps = new byte[rows * columns];                               // 0: both, 1: next row, 2: next column
        var (before, here) = (new double[columns + 1], new double[columns + 1]);
        Array.Fill(before, double.PositiveInfinity);
        before[0] = 0;
        for (var i = 0; i < rows; i++)
        {
            here[0] = double.PositiveInfinity;
            for (var j = 0; j < columns; j++)
            {
                var (both, row, column) = (before[j], before[j + 1], here[j]);
                var step = both < row && both < column ? 0 : row < both && row < column ? 1 : 2;
                steps[i * columns + j] = (byte)step;
                here[j + 1] = cost[i * columns + j] + (step == 0 ? both : step == 1 ? row : column);
            }

            (before, here) = (here, before);
        }

        var first = new int[rows];
        for (var (i, j) = (rows - 1, columns - 1); i >= 0;)
        {
            first[i] = j;
            var step = i == 0 ? 2 : j == 0 ? 1 : steps[i * columns + j];
            if (step != 1) j--;
            if (step != 2) i--;
            if (j < 0) break;
        }

        return first;
    }

    /// <summary>Replaces each value with the median of the <paramref name="width"/> (odd) values around it, reflecting at the ends. Shorter rows stay unchanged.</summary>
    public static void Median(Span<double> values, int width)
    {
        var reach = width / 2;
        if (values.Length <= reach) return;
        var original = values.ToArray();
        var window = new double[width];
        for (var i = 0; i < values.Length; i++)
        {
            for (var k = 0; k < width; k++)
            {
                var place = Math.Abs(i + k - reach);
                window[k] = original[place < original.Length ? place : 2 * (original.Length - 1) - place];
            }

            Array.Sort(window);
            values[i] = window[reach];
        }
    }
}
