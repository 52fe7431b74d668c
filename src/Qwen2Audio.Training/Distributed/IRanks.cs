using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Distributed;

/// <summary>What a rank is doing; named when it is lost.</summary>
public enum RankSection : byte { Setup, Data, Compute, Exchange, Update, Save }

/// <summary>
/// The processes that train one model together, each on its slice of every global batch. Every call but <see cref="Enter"/> is made by all
/// ranks in the same order.
/// </summary>
public interface IRanks : IDisposable
{
    /// <summary>This process, from 0.</summary>
    int Rank { get; }

    /// <summary>How many there are.</summary>
    int Count { get; }

    /// <summary>Says what this rank does now, for messages when it is lost or slow.</summary>
    void Enter(RankSection section, long step);

    /// <summary>Replaces each number by its sum over all ranks.</summary>
    void Sum(Span<double> values);

    /// <summary>Replaces the bytes by those of rank 0.</summary>
    void Broadcast(Span<byte> bytes);

    /// <summary>
    /// Sums the gradients of these parameters over all ranks while the backward pass, to which the result is handed, still runs; null when
    /// there is nothing to sum. <see cref="FinishGradients"/> ends it.
    /// </summary>
    IBackwardObserver? Observe(ParameterSet parameters);

    /// <summary>
    /// Returns when the gradients of these parameters are the sums over all ranks; false when this rank's own were not finite before, of
    /// which the sums do not tell whose they were.
    /// </summary>
    bool FinishGradients(ParameterSet parameters);

    /// <summary>The work is done on all ranks: disposing is no loss from now on.</summary>
    void Finish();
}

/// <summary>One process alone: nothing is exchanged.</summary>
public sealed class OneRank : IRanks
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Count => 1;

    /// <inheritdoc/>
    public void Enter(RankSection section, long step)
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
