using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Experts;

/// <summary>Moves rows between their own order and the order grouped by expert of an <see cref="ExpertRouting"/>.</summary>
public static unsafe class ExpertRows
{
    /// <summary>Copies each row to all its entries: grouped[entry] = x[row of entry].</summary>
    /// <param name="x">[rows, width].</param>
    /// <param name="r">The routing of these rows.</param>
    /// <param name="grouped">[rows·k, width], overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not match the routing.</exception>
    public static void Gather(WorkerPool pool, Matrix x, ExpertRouting r, Matrix grouped)
    {
        Check(pool, r, x, grouped);
        ForEntries(pool, r, new ExpertMoves { Plain = x, Grouped = grouped }, &ExpertMoves.Gather);
    }

    /// <summary>Adds the weighted outputs of each row's experts: y[row] += Σ weight · grouped[entry], in order of descending probability.</summary>
    /// <param name="grouped">[rows·k, width]: the experts' outputs.</param>
    /// <param name="y">[rows, width], added to.</param>
    /// <exception cref="ArgumentException">The shapes do not match the routing.</exception>
    public static void Combine(WorkerPool pool, Matrix grouped, ExpertRouting r, Matrix y)
    {
        Check(pool, r, y, grouped);
        ForRows(pool, r, new ExpertMoves { Plain = y, Grouped = grouped }, &ExpertMoves.Combine);
    }

    /// <summary>
    /// Gradient of <see cref="Combine"/>: dgrouped[entry] = weight · dy[row], dweights[row, choice] = ⟨grouped[entry], dy[row]⟩.
    /// </summary>
    /// <param name="grouped">[rows·k, width] as given to <see cref="Combine"/>.</param>
    /// <param name="dy">[rows, width].</param>
    /// <param name="dgrouped">[rows·k, width], overwritten; may be <paramref name="grouped"/>.</param>
    /// <param name="dweights">[rows, k], overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not match the routing.</exception>
    public static void CombineBackward(
        WorkerPool pool, Matrix grouped, ExpertRouting r, Matrix dy, Matrix dgrouped, Matrix dweights)
    {
        Check(pool, r, dy, grouped);
        Check(pool, r, dy, dgrouped);
        ExpertRouting.Expect(dweights, r.Rows, r.ChoicesPerRow, "Weight gradients");
        var moves = new ExpertMoves { Plain = dy, Grouped = grouped, GroupedGradient = dgrouped, WeightGradient = dweights };
        ForEntries(pool, r, moves, &ExpertMoves.CombineBackward);
    }

    /// <summary>Gradient of <see cref="Gather"/>: dx[row] += Σ dgrouped[entry] over the row's choices in order.</summary>
    /// <param name="dgrouped">[rows·k, width].</param>
    /// <param name="dx">[rows, width], added to.</param>
    /// <exception cref="ArgumentException">The shapes do not match the routing.</exception>
    public static void GatherBackward(WorkerPool pool, Matrix dgrouped, ExpertRouting r, Matrix dx)
    {
        Check(pool, r, dx, dgrouped);
        ForRows(pool, r, new ExpertMoves { Plain = dx, Grouped = dgrouped }, &ExpertMoves.GatherBackward);
    }

    private static void Check(WorkerPool pool, ExpertRouting r, Matrix plain, Matrix grouped)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(r);
        ExpertRouting.Expect(plain, r.Rows, plain.Columns, "The rows");
        ExpertRouting.Expect(grouped, r.Entries, plain.Columns, "The grouped rows");
    }

    private static void ForEntries(WorkerPool pool, ExpertRouting r, ExpertMoves moves, delegate*<void*, int, int, void> body) =>
        Run(pool, r, moves, r.Entries, body);

    private static void ForRows(WorkerPool pool, ExpertRouting r, ExpertMoves moves, delegate*<void*, int, int, void> body) =>
        Run(pool, r, moves, r.Rows, body);

    private static void Run(WorkerPool pool, ExpertRouting r, ExpertMoves moves, int count, delegate*<void*, int, int, void> body)
    {
        fixed (int* rows = r.SourceRows, choices = r.SourceChoices, places = r.Places)
        fixed (float* weights = r.Weights)
        {
            moves.SourceRows = rows;
            moves.SourceChoices = choices;
            moves.Places = places;
            moves.Weights = weights;
            moves.ChoicesPerRow = r.ChoicesPerRow;
            moves.Count = count;
            pool.Run(ExpertMoves.Items(count), body, &moves);
        }
    }
}
