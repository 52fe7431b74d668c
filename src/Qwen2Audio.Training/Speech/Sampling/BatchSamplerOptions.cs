namespace Qwen2Audio.Training.Speech.Sampling;

/// <summary>How examples are combined into batches.</summary>
internal sealed record BatchSamplerOptions
{
    /// <summary>Maximum total frames of a batch; a longer example is a batch by itself.</summary>
    public int MaxFrames { get; init; } = 1500;

    /// <summary>Number of batches per pool: examples are sorted by length within a pool, and its batches are shuffled.</summary>
    public int PoolBatches { get; init; } = 40;

    /// <summary>Seed for draws and order.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Phases in the order of their first batches; the first starts at batch 0.</summary>
    public required IReadOnlyList<SamplingPhase> Phases { get; init; }
}
