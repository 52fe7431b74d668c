using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference;

/// <summary>What one caller's passes hold while another's are computed by the same <see cref="InferenceOps"/>: intermediate results above all.</summary>
public sealed class Workspace : IDisposable
{
    /// <summary>The turn on which the caller computes; null: it need not let others in.</summary>
    public Turn? Turn { get; set; }

    internal NativeArena Arena { get; } = new();

    internal NativeArena.Mark Kept { get; set; }

    internal CancellationToken Cancellation { get; set; }

    internal IProbe? Probe { get; set; }

    /// <inheritdoc/>
    public void Dispose() => Arena.Dispose();
}
