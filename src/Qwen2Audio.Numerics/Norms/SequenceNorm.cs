using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Norms;

/// <summary>
/// y = gain · (x − mean)/√(variance + eps) + bias, mean and variance over all values of a sequence: group normalisation with one group
/// (Wu and He 2018). Rows are summed in float32, the rows of a sequence in float64.
/// </summary>
public static class SequenceNorm
{
    /// <summary>Normalises every sequence of x [rows, w].</summary>
    /// <param name="x">[rows, w].</param>
    /// <param name="starts">First row of each sequence, and the number of rows.</param>
    /// <param name="gain">[1, w].</param>
    /// <param name="bias">[1, w].</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="y">[rows, w], overwritten.</param>
    /// <param name="sums">[rows, 2], overwritten: working memory.</param>
    /// <param name="statistics">[sequences, 2], overwritten: mean and 1/√(variance + eps).</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Forward(
        WorkerPool pool, Matrix x, ReadOnlySpan<int> starts, Matrix gain, Matrix bias, float eps, Matrix y, Matrix sums, Matrix statistics)
    {
        Check(x, starts, gain, statistics);
        Shapes.Same(x, y);
        Shapes.Is(bias, 1, x.Columns);
        Shapes.Is(sums, x.Rows, 2);
        for (var s = 0; s + 1 < starts.Length; s++)
        {
            var (rows, of) = (x.RowRange(starts[s], starts[s + 1] - starts[s]), sums.RowRange(starts[s], starts[s + 1] - starts[s]));
            if (rows.Rows == 0 || rows.Columns == 0) continue;
            var first = rows.Row(0)[0];
            var mean = (float)(first + Moments(pool, rows, first, of).Mean);
            var (rest, square) = Moments(pool, rows, mean, of); // the mean was rounded
            var inverse = (float)(1 / Math.Sqrt(Math.Max(0, square - rest * rest) + eps));
            (statistics.Row(s)[0], statistics.Row(s)[1]) = ((float)(mean + rest), inverse);
            var kernel = new SequenceNormKernel(rows, gain, bias, mean, (float)rest, inverse, y.RowRange(starts[s], rows.Rows));
            RowSweep<SequenceNormKernel>.Run(pool, kernel, rows.Rows, rows.Columns);
        }
    }

    /// <summary>Adds the gradients with respect to x, gain and bias.</summary>
    /// <param name="x">[rows, w] as in the forward pass.</param>
    /// <param name="starts">First row of each sequence, and the number of rows.</param>
    /// <param name="gain">[1, w].</param>
    /// <param name="statistics">[sequences, 2] as written by the forward pass.</param>
    /// <param name="dy">[rows, w].</param>
    /// <param name="dx">[rows, w], added to.</param>
    /// <param name="dgain">[1, w], added to; default when not wanted.</param>
    /// <param name="dbias">[1, w], added to; default when not wanted.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Backward(
        Matrix x, ReadOnlySpan<int> starts, Matrix gain, Matrix statistics, Matrix dy, Matrix dx, Matrix dgain, Matrix dbias)
    {
        Check(x, starts, gain, statistics);
        Shapes.Same(x, dy);
        Shapes.Same(x, dx);
        Shapes.IsOrNull(dgain, 1, x.Columns);
        Shapes.IsOrNull(dbias, 1, x.Columns);
        var g = gain.Row(0);
        for (var s = 0; s + 1 < starts.Length; s++)
        {
            var (mean, inverse, count) = (statistics.Row(s)[0], statistics.Row(s)[1], (starts[s + 1] - starts[s]) * (double)x.Columns);
            var (slopes, along) = (0.0, 0.0); // Σ gain·dy and Σ gain·dy·(x − mean)/deviation
            for (var row = starts[s]; row < starts[s + 1]; row++)
            {
                var values = x.Row(row);
                var gradient = dy.Row(row);
                for (var i = 0; i < g.Length; i++)
                {
                    var normal = ((double)values[i] - mean) * inverse;
                    slopes += (double)g[i] * gradient[i];
                    along += (double)g[i] * gradient[i] * normal;
                    if (!dgain.IsNull) dgain.Row(0)[i] += (float)(gradient[i] * normal);
                    if (!dbias.IsNull) dbias.Row(0)[i] += gradient[i];
                }
            }

            for (var row = starts[s]; row < starts[s + 1]; row++)
            {
                var values = x.Row(row);
                var gradient = dy.Row(row);
                var to = dx.Row(row);
                for (var i = 0; i < g.Length; i++)
                {
                    var normal = ((double)values[i] - mean) * inverse;
                    to[i] += (float)(inverse * ((double)g[i] * gradient[i] - slopes / count - normal * along / count));
                }
            }
        }
    }

    private static void Check(Matrix x, ReadOnlySpan<int> starts, Matrix gain, Matrix statistics)
    {
        if (starts.IsEmpty || starts[^1] != x.Rows) throw new ArgumentException($"Sequences of {(starts.IsEmpty ? 0 : starts[^1])} rows; there are {x.Rows}.", nameof(starts));
        Shapes.Is(gain, 1, x.Columns);
        Shapes.Is(statistics, starts.Length - 1, 2);
    }

    /// <summary>Means of x − centre and of (x − centre)².</summary>
    private static (double Mean, double Square) Moments(WorkerPool pool, Matrix x, float centre, Matrix sums)
    {
        RowSweep<RowMomentsKernel>.Run(pool, new RowMomentsKernel(x, centre, sums), x.Rows, x.Columns);
        var (sum, square) = (0.0, 0.0);
        for (var row = 0; row < x.Rows; row++)
        {
            sum += sums.Row(row)[0];
            square += sums.Row(row)[1];
        }

        return (sum / x.Length, square / x.Length);
    }
}

/// <summary>Σ (x − centre) and Σ (x − centre)² of a row.</summary>
internal readonly unsafe struct RowMomentsKernel(Matrix x, float centre, Matrix sums) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var source = x.Data + (long)row * x.Stride;
        var origin = TLanes.Broadcast(centre);
        var (sum, squares) = (TLanes.Zero, TLanes.Zero);
        for (var i = 0; i < x.Columns; i += TLanes.Count)
        {
            var difference = TLanes.Subtract(PartialVector<TLanes, TVector>.Load(source + i, x.Columns - i, centre), origin);
            sum = TLanes.Add(sum, difference);
            squares = TLanes.MultiplyAdd(difference, difference, squares);
        }

        var to = sums.Data + (long)row * sums.Stride;
        (to[0], to[1]) = (TLanes.Sum(sum), TLanes.Sum(squares));
    }
}

internal readonly unsafe struct SequenceNormKernel(Matrix x, Matrix gain, Matrix bias, float mean, float rest, float inverse, Matrix y) : IRowKernel
{
    private readonly float* _gain = gain.Data;
    private readonly float* _bias = bias.Data;


    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var source = x.Data + (long)row * x.Stride;
        var target = y.Data + (long)row * y.Stride;
        var (centre, shift, factor) = (TLanes.Broadcast(mean), TLanes.Broadcast(rest), TLanes.Broadcast(inverse));
        for (var i = 0; i < x.Columns; i += TLanes.Count)
        {
            var left = x.Columns - i;
            var normal = TLanes.Multiply(TLanes.Subtract(TLanes.Subtract(PartialVector<TLanes, TVector>.Load(source + i, left), centre), shift), factor);
            var value = TLanes.MultiplyAdd(PartialVector<TLanes, TVector>.Load(_gain + i, left), normal, PartialVector<TLanes, TVector>.Load(_bias + i, left));
            PartialVector<TLanes, TVector>.Store(value, target + i, left);
        }
    }
}
