using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Distributed;

/// <summary>The current activity of a rank, named when the rank is lost.</summary>
internal enum RankActivity : byte { Setup, Data, Compute, Exchange, Update, Save }

/// <summary>
/// The processes that train one model together, each on its slice of every global batch. All calls except <see cref="Enter"/> must be made by all
/// ranks in the same order.
/// </summary>
public interface IRanks : IDisposable
{
    /// <summary>Joins the processes that <c>mpirun</c> started; a single process needs no library. Use the result only on this thread.</summary>
    /// <param name="patience">Returns the timeouts for lost or slow ranks; called if there are several.</param>
    /// <param name="lost">Called once, from another thread, with a message that names the lost rank; the process must then end.</param>
    /// <param name="warn">Called with a message about a rank that others wait for.</param>
    /// <exception cref="RanksException">Open MPI is not installed or does not start, or the ranks cannot connect.</exception>
    static IRanks Join(Func<RankTimeouts> patience, Action<string> lost, Action<string> warn) =>
        MpiRanks.Announced == 1 ? new OneRank() : MpiRanks.Join(patience(), lost, warn);

    /// <summary>Number of this process, from 0.</summary>
    int Rank { get; }

    /// <summary>Number of processes.</summary>
    int Count { get; }

    /// <summary>Records what this rank is doing, for messages when it is lost or slow.</summary>
    internal void Enter(RankActivity section, long step);

    /// <summary>Replaces each element with its sum over all ranks.</summary>
    internal void Sum(Span<double> values);

    /// <summary>Replaces the bytes with those of rank 0.</summary>
    internal void Broadcast(Span<byte> bytes);

    /// <summary>
    /// Returns an observer for the backward pass that sums the gradients of these parameters over all ranks while the pass runs; null when
    /// there is nothing to sum. Complete it with <see cref="FinishGradients"/>.
    /// </summary>
    internal IBackwardObserver? Observe(ParameterSet parameters);

    /// <summary>
    /// Waits until the gradients of these parameters are the sums over all ranks. False when this rank's own gradients were not finite,
    /// since the sums do not tell whose were not.
    /// </summary>
    internal bool FinishGradients(ParameterSet parameters);

    /// <summary>Ends the work on all ranks: a rank that is disposed afterwards does not count as lost.</summary>
    void Finish();
}

/// <summary>A single process without communication.</summary>
internal sealed class OneRank : IRanks
{
    public int Rank => 0;

    public int Count => 1;

    public void Enter(RankActivity section, long step)
    {
    }

    public void Sum(Span<double> values)
    {
    }

    public void Broadcast(Span<byte> bytes)
    {
    }

    public IBackwardObserver? Observe(ParameterSet parameters) => null;

    public bool FinishGradients(ParameterSet parameters) => true;

    public void Finish()
    {
    }

    public void Dispose()
    {
    }
}
