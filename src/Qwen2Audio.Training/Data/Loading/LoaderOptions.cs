namespace Qwen2Audio.Training.Data.Loading;

/// <summary>How batches are created ahead. These options do not change the batches.</summary>
internal sealed record LoaderOptions
{
    /// <summary>Number of threads that create batches; 0: the calling thread.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Maximum number of batches in progress or ready, which limits memory.</summary>
    public int Ahead { get; init; } = 4;
}
