namespace Qwen2Audio.Tasks;

/// <summary>Choices for <see cref="SpeechModel.Load"/>.</summary>
public sealed record ModelLoadOptions
{
    /// <summary>Number of threads, including the caller's; 0: one per processor. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Whether to read all weights once and refuse any that is not finite; null: only for models below 256 MiB.</summary>
    public bool? CheckWeights { get; init; }

    /// <summary>Does not read domain.json: the model then never says that it is out of its depth.</summary>
    public bool IgnoreDomain { get; init; }

    /// <summary>Folder of a low-rank adapter in peft's form to load onto the model; null: none.</summary>
    public string? Adapter { get; init; }
}
