namespace Qwen2Audio.Numerics;

/// <summary>Average pooling over time with kernel 2 and stride 2, within each sequence.</summary>
public static class PairMean
{
    /// <summary>y[i] = (x[2i] + x[2i + 1])/2 in every sequence; an odd last row is dropped.</summary>
    /// <param name="pool">The workers.</param>
    /// <param name="x">[rows, w].</param>
    /// <param name="starts">First row of each sequence and the end: sequences + 1 numbers.</param>
    /// <param name="y">[output rows, w], overwritten.</param>
    /// <param name="yStarts">First output row of each sequence and the end.</param>
    /// <exception cref="ArgumentException">The shapes or the row offsets do not fit.</exception>
    public static void Forward(WorkerPool pool, Matrix x, ReadOnlySpan<int> starts, Matrix y, ReadOnlySpan<int> yStarts)
    {
        Check(x, starts, y, yStarts);
        for (var s = 0; s + 1 < starts.Length; s++)
        {
            for (var i = 0; i < yStarts[s + 1] - yStarts[s]; i++)
            {
                var first = x.Row(starts[s] + 2 * i);
                var second = x.Row(starts[s] + 2 * i + 1);
                var target = y.Row(yStarts[s] + i);
                for (var c = 0; c < target.Length; c++) target[c] = 0.5f * first[c] + 0.5f * second[c];
            }
        }
    }

    /// <summary>dx[2i] += dy[i]/2 and dx[2i + 1] += dy[i]/2 in every sequence.</summary>
    /// <param name="pool">The workers.</param>
    /// <param name="dy">[output rows, w].</param>
    /// <param name="yStarts">As given to the forward pass.</param>
    /// <param name="dx">[rows, w], added to.</param>
    /// <param name="starts">As given to the forward pass.</param>
    /// <exception cref="ArgumentException">The shapes or the row offsets do not fit.</exception>
    public static void Backward(WorkerPool pool, Matrix dy, ReadOnlySpan<int> yStarts, Matrix dx, ReadOnlySpan<int> starts)
    {
        Check(dx, starts, dy, yStarts);
        for (var s = 0; s + 1 < starts.Length; s++)
        {
            for (var i = 0; i < yStarts[s + 1] - yStarts[s]; i++)
            {
                var first = dx.Row(starts[s] + 2 * i);
                var second = dx.Row(starts[s] + 2 * i + 1);
                var slope = dy.Row(yStarts[s] + i);
                for (var c = 0; c < slope.Length; c++)
                {
                    first[c] += 0.5f * slope[c];
                    second[c] += 0.5f * slope[c];
                }
            }
        }
    }

    private static void Check(Matrix x, ReadOnlySpan<int> starts, Matrix y, ReadOnlySpan<int> yStarts)
    {
        if (x.Columns != y.Columns) throw new ArgumentException($"Rows of {x.Columns} and {y.Columns} numbers: the widths must be equal.");
        if (starts.IsEmpty || starts.Length != yStarts.Length)
            throw new ArgumentException($"{starts.Length} row offsets of the input, {yStarts.Length} of the output: both are sequences + 1.");
        for (var s = 0; s + 1 < starts.Length; s++)
        {
            if (starts[s] < 0 || yStarts[s] < 0 || starts[s + 1] > x.Rows || yStarts[s + 1] > y.Rows || starts[s + 1] < starts[s]
                || yStarts[s + 1] - yStarts[s] != (starts[s + 1] - starts[s]) / 2)
            {
                throw new ArgumentException(
                    $"Sequence {s}: rows [{starts[s]}, {starts[s + 1]}) of {x.Rows} and output rows [{yStarts[s]}, {yStarts[s + 1]}) of {y.Rows} do not fit.");
            }
        }
    }
}
