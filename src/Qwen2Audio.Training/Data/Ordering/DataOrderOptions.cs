namespace Qwen2Audio.Training.Data.Ordering;

/// <summary>How samples are combined into rows, and rows into steps.</summary>
internal sealed record DataOrderOptions
{
    /// <summary>Seed of the order.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Whether each epoch has another order; false: the order of the files.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>How rows are filled.</summary>
    public RowFilling Filling { get; init; } = RowFilling.One;

    /// <summary>Maximum tokens (or other units of length) of a row with several samples.</summary>
    public int RowTokens { get; init; } = 4096;

    /// <summary>Number of rows open at once while they are filled; for buckets, the number of rows sorted by length together.</summary>
    public int Window { get; init; } = 64;

    /// <summary>Rows of a step, over all ranks.</summary>
    public int RowsPerStep { get; init; } = 1;

    /// <summary>Settings that are out of range.</summary>
    /// <param name="name">The section that holds these settings, such as "data".</param>
    /// <param name="ranks">Number of processes that share a step's rows.</param>
    public IEnumerable<string> Problems(string name, int ranks = 1)
    {
        if (Seed < 0) yield return $"{name}.seed is {Seed}; allowed: 0 or more";
        if (RowTokens < 1) yield return $"{name}.row_tokens is {RowTokens}; allowed: 1 or more";
        if (Window is < 1 or > 100_000) yield return $"{name}.window is {Window}; allowed: 1 to 100000";
        if (RowsPerStep < 1) yield return $"{name}.rows_per_step is {RowsPerStep}; allowed: 1 or more";
        else if (RowsPerStep % ranks != 0) yield return $"{name}.rows_per_step is {RowsPerStep}; allowed: a multiple of the {ranks} ranks";
    }
}

/// <summary>Ways to fill rows.</summary>
internal enum RowFilling
{
    /// <summary>One sample per row.</summary>
    One,

    /// <summary>First fit: each sample, in order, goes into the first open row with room for it.</summary>
    Pack,

    /// <summary>Samples of similar length share a row; the rows of a window are shuffled.</summary>
    Bucket,
}
