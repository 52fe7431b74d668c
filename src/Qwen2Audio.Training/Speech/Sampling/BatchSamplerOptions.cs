namespace Qwen2Audio.Training.Speech.Sampling;

/// <summary>How batches are cut.</summary>
internal sealed record BatchSamplerOptions
{
    /// <summary>Most frames of a batch, all examples together; a longer example is a batch by itself.</summary>
    public int MaxFrames { get; init; } = 1500;

    /// <summary>Batches of one pool: examples are sorted by length within a pool, and its batches are shuffled.</summary>
    public int PoolBatches { get; init; } = 40;

    /// <summary>Seed of draws and order.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Phases in the order of their first batches; the first begins at batch 0.</summary>
    public required IReadOnlyList<SamplingPhase> Phases { get; init; }
}
