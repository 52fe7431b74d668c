using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.Data.Loading;

/// <summary>
/// The micro-batches of each step, loaded ahead: the rows of a step are divided into micro-batches that are computed at once, and these among the ranks. The
/// division does not depend on the number of ranks, so neither does the result.
/// </summary>
/// <typeparam name="T">A micro-batch as a task trains on it.</typeparam>
/// <param name="order">The rows of each step.</param>
/// <param name="rowsAtOnce">Rows of a piece; the last piece of a step may have fewer.</param>
/// <param name="ranks">The processes that train together.</param>
/// <param name="load">Loads a piece on another thread; must depend on the rows only.</param>
internal sealed class MicroBatchLoader<T>(DataOrder order, int rowsAtOnce, IRanks ranks, Func<StepPlan, CancellationToken, T> load) : IDisposable
{
    private BatchLoader<IReadOnlyList<(int Number, T Piece)>>? _loader;

    /// <summary>This rank's micro-batches of a step, with their numbers among all of them.</summary>
    public IReadOnlyList<(int Number, T Piece)> Of(long step) =>
        (_loader ??= new BatchLoader<IReadOnlyList<(int, T)>>(Make, new LoaderOptions { Threads = 1, Ahead = 2 })).Of(step);

    public void Dispose() => _loader?.Dispose();

    private IReadOnlyList<(int, T)> Make(long step, CancellationToken cancellation)
    {
        var plan = order.Step(step);
        long count = MicroBatchLoader.Count(plan.Rows.Count, rowsAtOnce);
        var (from, to) = ((int)(count * ranks.Rank / ranks.Count), (int)(count * (ranks.Rank + 1) / ranks.Count));
        var pieces = new List<(int, T)>();
        for (var number = from; number < to; number++)
        {
            var rows = plan.Rows.Skip(number * rowsAtOnce).Take(rowsAtOnce);
            pieces.Add((number, load(plan with { Rows = [.. rows] }, cancellation)));
        }

        return pieces;
    }
}

/// <summary>Counts the micro-batches of a step.</summary>
internal static class MicroBatchLoader
{
    /// <summary>Number of micro-batches of a step over all ranks; each rank needs at least one.</summary>
    public static int Count(int rows, int rowsAtOnce) => (rows + rowsAtOnce - 1) / rowsAtOnce;
}
