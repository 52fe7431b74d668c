using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Distributed;

/// <summary>The current activity of a rank, named when the rank is lost.</summary>
public enum RankActivity : byte { Setup, Data, Compute, Exchange, Update, Save }

/// <summary>
/// The processes that train one model together, each on its slice of every global batch. All calls except <see cref="Enter"/> must be made by all
/// ranks in the same order.
/// </summary>
public interface IRanks : IDisposable
{
    /// <summary>Number of this process, from 0.</summary>
    int Rank { get; }

    /// <summary>Number of processes.</summary>
    int Count { get; }

    /// <summary>Records what this rank is doing, for messages when it is lost or slow.</summary>
    void Enter(RankActivity section, long step);

    /// <summary>Replaces each element with its sum over all ranks.</summary>
    void Sum(Span<double> values);

    /// <summary>Replaces the bytes with those of rank 0.</summary>
    void Broadcast(Span<byte> bytes);

    /// <summary>
    /// Returns an observer for the backward pass that sums the gradients of these parameters over all ranks while the pass runs; null when
    /// there is nothing to sum. Complete it with <see cref="FinishGradients"/>.
    /// </summary>
    IBackwardObserver? Observe(ParameterSet parameters);

    /// <summary>
    /// Waits until the gradients of these parameters are the sums over all ranks. False when this rank's own gradients were not finite,
    /// since the sums do not tell whose were not.
    /// </summary>
    bool FinishGradients(ParameterSet parameters);

    /// <summary>Ends the work on all ranks: a rank that is disposed afterwards does not count as lost.</summary>
    void Finish();
}

/// <summary>A single process without communication.</summary>
public sealed class OneRank : IRanks
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Count => 1;

    /// <inheritdoc/>
    public void Enter(RankActivity section, long step)
    {
    }

    /// <inheritdoc/>
    public void Sum(Span<double> values)
    {
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> bytes)
    {
    }

    /// <inheritdoc/>
    public IBackwardObserver? Observe(ParameterSet parameters) => null;

    /// <inheritdoc/>
    public bool FinishGradients(ParameterSet parameters) => true;

    /// <inheritdoc/>
    public void Finish()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
