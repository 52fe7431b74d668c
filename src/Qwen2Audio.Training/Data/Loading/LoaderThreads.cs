namespace Qwen2Audio.Training.Data.Loading;

/// <summary>Limits parallel loading to a run's number of threads.</summary>
internal static class LoaderThreads
{
    /// <summary>Options of a parallel loop with this many threads; 0: one per processor.</summary>
    public static ParallelOptions Of(int threads, CancellationToken cancellation) => new()
    {
        MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount,
        CancellationToken = cancellation,
    };
}
