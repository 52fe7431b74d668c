namespace Qwen2Audio.Tasks;

/// <summary>Choices for <see cref="SpeechModel.Load"/>.</summary>
public sealed record ModelLoadOptions
{
    /// <summary>Threads that compute, the caller's included; 0: one a processor. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Whether all weights are read once and refused when one is not a finite number; null: those of models below 256 MiB are.</summary>
    public bool? CheckWeights { get; init; }

    /// <summary>Leaves domain.json of the folder unread: the model makes no claim of where its answers can be trusted.</summary>
    public bool IgnoreDomain { get; init; }

    /// <summary>Folder of a low-rank adapter in peft's form that is put on the model; null: none.</summary>
    public string? Adapter { get; init; }
}
