using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Quantisation;

/// <summary>Lloyd's algorithm from random rows, for initialising codebooks.</summary>
internal static class KMeans
{
    /// <summary>Clusters <paramref name="rows"/> and writes the centres to <paramref name="centres"/>; a centre without rows is reset to a random row.</summary>
    /// <param name="rows">[rows, width], at least one.</param>
    /// <param name="centres">[clusters, width], overwritten.</param>
    /// <param name="iterations">Number of iterations.</param>
    /// <param name="random">The random generator.</param>
    /// <returns>The nearest centre of each row.</returns>
    public static int[] Fit(WorkerPool pool, Matrix rows, Matrix centres, int iterations, CounterRandom random)
    {
        var order = new int[rows.Rows];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        random.Shuffle<int>(order);
        for (var c = 0; c < centres.Rows; c++) rows.Row(order[c % order.Length]).CopyTo(centres.Row(c));
        var nearest = new int[rows.Rows];
        var (counts, sums) = (new int[centres.Rows], new double[centres.Rows * centres.Columns]);
        for (var iteration = 0; iteration < iterations; iteration++)
        {
            NearestRows.Find(pool, rows, centres, nearest);
            Array.Clear(counts);
            Array.Clear(sums);
            for (var row = 0; row < rows.Rows; row++)
            {
                counts[nearest[row]]++;
                var x = rows.Row(row);
                var sum = sums.AsSpan(nearest[row] * rows.Columns, rows.Columns);
                for (var d = 0; d < sum.Length; d++) sum[d] += x[d];
            }

            for (var c = 0; c < centres.Rows; c++)
            {
                var centre = centres.Row(c);
                if (counts[c] == 0) rows.Row(random.NextInt(rows.Rows)).CopyTo(centre);
                else for (var d = 0; d < centre.Length; d++) centre[d] = (float)(sums[c * centre.Length + d] / counts[c]);
            }
        }

        NearestRows.Find(pool, rows, centres, nearest);
        return nearest;
    }
}
