namespace Qwen2Audio.Training.Data.Ordering;

/// <summary>How samples become rows, and rows steps.</summary>
internal sealed record DataOrderOptions
{
    /// <summary>Seed of the order.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Another order in each epoch; false: the order of the files.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>How rows are filled.</summary>
    public RowFilling Filling { get; init; } = RowFilling.One;

    /// <summary>Most tokens (or whatever lengths count) of a row that holds several samples.</summary>
    public int RowTokens { get; init; } = 4096;

    /// <summary>Rows that are open at once while they are filled; for buckets the rows that are sorted by length together.</summary>
    public int Window { get; init; } = 64;

    /// <summary>Rows of a step, of all ranks together.</summary>
    public int RowsPerStep { get; init; } = 1;

    /// <summary>What is out of range, under the name of the section that holds these settings.</summary>
    /// <param name="name">Such as "data".</param>
    /// <param name="ranks">Processes that share a step's rows.</param>
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
public enum RowFilling
{
    /// <summary>One sample a row.</summary>
    One,

    /// <summary>Samples in their order, each in the first open row that has room for it.</summary>
    Pack,

    /// <summary>Samples of similar length in a row; the rows of a window are shuffled.</summary>
    Bucket,
}
