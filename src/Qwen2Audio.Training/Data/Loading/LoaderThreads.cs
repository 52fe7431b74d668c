namespace Qwen2Audio.Training.Data.Loading;

/// <summary>How many files or samples are read at once: what a run was given as its threads.</summary>
internal static class LoaderThreads
{
    /// <summary>Options of a parallel loop on this number of threads; 0: one per processor.</summary>
    public static ParallelOptions Of(int threads, CancellationToken cancellation) => new()
    {
        MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount,
        CancellationToken = cancellation,
    };
}
