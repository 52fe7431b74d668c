using Qwen2Audio.Training.Data.Loading;
using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>
/// What each step is made of, loaded ahead: the rows of a step in pieces that are computed at once, of which each rank has its part. The
/// pieces do not depend on the ranks, so neither does what is computed.
/// </summary>
/// <typeparam name="T">A piece as the method trains on it.</typeparam>
internal sealed class TuningPieces<T>(TuningData data, BatchRecipe batch, IRanks ranks, Func<StepPlan, CancellationToken, T> load) : IDisposable
{
    private static readonly LoaderOptions Ahead = new() { Threads = 1, Ahead = 2 };
    private BatchLoader<IReadOnlyList<(int Number, T Piece)>>? _loader;

    /// <summary>Pieces of a step, of all ranks together.</summary>
    public static int Count(BatchRecipe batch) => (batch.Rows + batch.RowsAtOnce - 1) / batch.RowsAtOnce;

    /// <summary>This rank's pieces of a step, with their numbers among all.</summary>
    public IReadOnlyList<(int Number, T Piece)> Of(long step)
    {
        if (_loader?.Step != step)
        {
            _loader?.Dispose();
            _loader = new BatchLoader<IReadOnlyList<(int, T)>>(Make, step, Ahead);
        }

        return _loader.Next();
    }

    public void Dispose() => _loader?.Dispose();

    private IReadOnlyList<(int, T)> Make(long step, CancellationToken cancellation)
    {
        var plan = data.Order.Step(step);
        long count = Count(batch);
        var (from, to) = ((int)(count * ranks.Rank / ranks.Count), (int)(count * (ranks.Rank + 1) / ranks.Count));
        var pieces = new List<(int, T)>();
        for (var number = from; number < to; number++)
        {
            var rows = plan.Rows.Skip(number * batch.RowsAtOnce).Take(batch.RowsAtOnce);
            pieces.Add((number, load(plan with { Rows = [.. rows] }, cancellation)));
        }

        return pieces;
    }
}
