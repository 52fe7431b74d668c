using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.Data.Loading;

/// <summary>
/// What each step is made of, loaded ahead: the rows of a step in pieces that are computed at once, of which each rank has its part. The
/// pieces do not depend on the ranks, so neither does what is computed.
/// </summary>
/// <typeparam name="T">A piece as a task trains on it.</typeparam>
/// <param name="order">Which rows a step has.</param>
/// <param name="rowsAtOnce">Rows of a piece; the last piece of a step may have fewer.</param>
/// <param name="ranks">The processes that train together.</param>
/// <param name="load">Loads a piece, on another thread: it must depend on the rows alone.</param>
internal sealed class StepPieces<T>(DataOrder order, int rowsAtOnce, IRanks ranks, Func<StepPlan, CancellationToken, T> load) : IDisposable
{
    private BatchLoader<IReadOnlyList<(int Number, T Piece)>>? _loader;

    /// <summary>This rank's pieces of a step, with their numbers among all.</summary>
    public IReadOnlyList<(int Number, T Piece)> Of(long step) =>
        (_loader ??= new BatchLoader<IReadOnlyList<(int, T)>>(Make, new LoaderOptions { Threads = 1, Ahead = 2 })).Of(step);

    public void Dispose() => _loader?.Dispose();

    private IReadOnlyList<(int, T)> Make(long step, CancellationToken cancellation)
    {
        var plan = order.Step(step);
        long count = StepPieces.Count(plan.Rows.Count, rowsAtOnce);
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

/// <summary>How many pieces a step has.</summary>
internal static class StepPieces
{
    /// <summary>Pieces of a step, of all ranks together; a rank needs one at least.</summary>
    public static int Count(int rows, int rowsAtOnce) => (rows + rowsAtOnce - 1) / rowsAtOnce;
}
