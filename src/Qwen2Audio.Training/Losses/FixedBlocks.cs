using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Training.Losses;

/// <summary>Sums blocks of fixed length in order, so that the result does not depend on the number of threads.</summary>
internal static class FixedBlocks
{
    private const int Length = 8192;

    /// <summary>Σ of <paramref name="part"/>(start, count) over the blocks of 0…total−1.</summary>
    public static double Sum(WorkerPool pool, long total, Func<int, int, double> part)
    {
        var length = checked((int)total);
        var sums = new double[(length + Length - 1) / Length];
        pool.For(sums.Length, (item, _) => sums[item] = part(item * Length, Math.Min(Length, length - item * Length)));
        var sum = 0.0;
        foreach (var value in sums) sum += value;
        return sum;
    }
}
