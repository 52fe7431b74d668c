namespace Qwen2Audio.Training.Data.Loading;

/// <summary>How batches are made ahead. Nothing here changes a batch.</summary>
internal sealed record LoaderOptions
{
    /// <summary>Threads that make batches; 0: the thread that asks for them.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Batches that are made or ready at once, at most: the bound on memory.</summary>
    public int Ahead { get; init; } = 4;
}
