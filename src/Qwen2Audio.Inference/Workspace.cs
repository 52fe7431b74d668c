using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference;

/// <summary>One caller's intermediate results, cancellation and probe; kept while other callers use the same <see cref="InferenceOps"/>.</summary>
public sealed class Workspace : IDisposable
{
    /// <summary>The turn in which the caller computes; null: it does not let others in.</summary>
    public Turn? Turn { get; set; }

    internal NativeArena Arena { get; } = new();

    internal NativeArena.Mark Kept { get; set; }

    internal CancellationToken Cancellation { get; set; }

    internal IProbe? Probe { get; set; }

    public void Dispose() => Arena.Dispose();
}
